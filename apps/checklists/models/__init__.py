"""Tables of checklists: templates with their versions, and what a version says."""

from .accepted import AcceptedProblem
from .contents import GAP, ITEM_FIELDS, SECTION_FIELDS, TemplateItem, TemplateSection
from .templates import VERSION_FIELDS, ChecklistTemplate, TemplateVersion
