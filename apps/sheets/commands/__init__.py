from .answering import complete_sheet, send_back_sheet, verify_sheet
from .reopening import agree_reopening, ask_reopening, end_reopening
