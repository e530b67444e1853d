"""What the pages about deployments show, each page in a fixed number of queries."""

from .archive import evidence_archive
from .attaching import command_lines, may_attach, switched_off, tried_answer
from .board import blockers_data, board_page, board_rows, with_probe_versions
from .changed import Meanwhile, changes_of, meanwhile
from .compare import compare_page
from .emergency import band_of, emergency_page
from .follow_ups import follow_up_page, follow_ups_page
from .history import history_page
from .items import item_page
from .listed import url_of
from .lists import choose_page, deployments_page
from .live import Listener, parts_for
from .pieces import replacing_page
from .probe import probe_page
from .probes import numbers_in, passive_in, probe_rows, probes_page
from .proposing import ProposedProbe, proposed_probes
from .rerun import keys_of, rerun_page
from .rollback import rollback_page, section_about_rollback, steps_of
from .series import Stopped, series_page
from .sheet import sheet_page
from .starting import chosen, start_page, variables_to_fill
from .upgrade import upgrade_page
from .waivers import waivers_page
from .work import my_work_page
