"""Tables of checklists: texts that are imported, templates with their versions, and what a version says."""

from .contents import GAP, ITEM_FIELDS, SECTION_FIELDS, TemplateItem, TemplateSection
from .imports import DOCUMENTS, ChecklistImport
from .templates import VERSION_FIELDS, ChecklistTemplate, TemplateVersion
