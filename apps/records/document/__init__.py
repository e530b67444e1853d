"""The audit record as a pure value: facts in, a printable document and its attached files out."""

from .building import build, data_alone
from .machine import File, Made, attachments, enclosed, is_enclosed, machine_record, printed
from .page import Document
