"""What stands under one heading: whether its list is one to go through, or only says something."""

import re
from dataclasses import dataclass
from itertools import pairwise

from . import explaining
from .blocks import Block
from .labels import LABEL_LEVEL
from .titles import IMPERATIVES

_NUMBERED = r"\W*(?:(?:\d+(?:\.\d+)*|[a-z])[.)]?\s+)?"
_REFERENCES = re.compile(
    rf"^{_NUMBERED}(?:references?|see also|related\b.*|(?:\w+ )?resources(?:\W.{{0,30}})?|"
    r"(?:(?:further|additional|recommended|suggested|background) )?reading(?: list)?|(?:quick |"
    r"table of )?contents|toc|"
    r"(?:useful |quick |external |important )?links|glossary|change[\s-]?log|"
    r"(?:revision|version|document|change) history|"
    r"learn more|(?:where .{1,20} )?find (?:out )?more|(?:getting |more )?(?:help|support)|documentation links|"
    r"additional (?:resources|information|info)|sources|bibliography|"
    r"inhalt(?:sverzeichnis)?|verweise|referenzen|quellen|weiterführende.{0,30}|änderungshistorie|"
    r"sommaire|table des matières|"
    r"références|ressources|historique.{0,30}|[íi]ndice(?: .{1,20})?|contenido|tabla de contenidos?|"
    r"referencias|recursos|"
    r"enlaces|historial.{0,30}|目录|目錄|目次|参考(?:资料|文献|情報|リンク)?|參考資料|相关(?:文档|链接|资源)|関連.{0,10}|"
    r""
    r""
    r"変更履歴|改訂履歴|更新履歴|更新日志|变更记录|修订历史)\W*$",
    re.IGNORECASE,
)
_PROSE = re.compile(
    rf"^{_NUMBERED}(?:(?!(?:add|write|update|generate|publish|draft|create|review|prepare|edit|"
    rf"check)\b)(?:\w+ ){{0,2}}notes?|background|context|overview|"
    rf"introduction|"
    r"about(?: this .{1,40})?|summary|abstract|motivation|rationale|purpose|goals?|non[\s-]?goals?|objectives?|"
    r"(?:in|out of)[\s-]scope|scope|(?:\w+ )?assumptions?(?: (?:and|&) \w+)?|critical dependencies|"
    r"constraints|limitations|(?:\w+ )?known (?:issues|limitations|constraints|risks|problems|gaps)\b.{0,40}|risks?|"
    r"accepted risks|findings\b.{0,60}|conventions|endpoints|(?:[\w-]+ )?triggers?(?: conditions?)?|"
    r"open (?:points|questions)|"
    r"(?:[\w-]+ ){0,2}ownership(?: model)?|sl[aio]s?(?: (?:targets?|definitions?))?|"
    r"(?:[\w-]+ ){0,3}(?:cost )?targets?|"
    r"when (?:not )?to \w.{0,60}|(?:[\w-]+ )?interpretation|blocking decisions\b.{0,40}|"
    r"(?:communication|announcement|message|e-?mail|notification|status update|incident report|"
    r"(?:\w+ )?release notes?) templates?|(?:pontos|questões) em aberto|offene (?:punkte|fragen)|"
    r"pend[êe]ncias(?: .{1,40})?|"
    r"(?:[\w-]+ ){0,2}contacts?(?: (?:info\w*|list|points?))?|audience|definitions?|terminology|terms|legend|faqs?|"
    r"supported .{1,40}|tool ?chains?|(?:[\w-]+ ){0,2}(?:release|rollback|escalation) criteria|"
    r"rollback triggers?|why\b.{0,60}|who\b.{0,60}|what (?:is|are|was|were|happens|.{1,40}\bnot)\b.{0,60}|"
    r"how .{1,60} works?|what (?:you|we) (?:can|could) (?:do now|skip)\b.{0,40}|(?:key )?requirements met|"
    r"(?:completed|finished|done) "
    r"(?:tasks|items|features|work)|(?:\w+ )?known (?:\w+ )?pain\b.{0,40}|"
    r"what (?:it|this|that|gets)\b.{0,60}|where .{1,40} (?:lives?|goes|comes from)|advantages\b.{0,40}|"
    r"benefits\b.{0,40}|(?:key|main) features|(?:need|getting|more) help\W*|(?:backup )?retention|releases? cadence|"
    r"symptoms?|(?:root |possible |common )?causes?|reasons?|(?:current|"
    r"present) (?:[\w-]+ ){0,2}(?:state|status|situation)|"
    r"notes for .{1,30}|timeline(?: at a glance)?|(?:[\w-]+ )?guarantees|"
    r"(?:branch(?:ing)?|versioning) (?:policy|scheme|model)|(?:launch )?decisions|"
    r"estado actual|état actuel|sauvegardes? existantes?|症状|现象|影响(?:范围)?|(?:可能)?原因|文档(?:说明|维护)|"
    r"如何使用.{0,20}|"
    r"probl[eè]me?s?(?: statement| description| identifi\w+)?|history|metadata|document (?:control|info\w*)|"
    r"what(?:'s| is| has)? (?:new|changed)|features|highlights|breaking changes|examples?|tips(?: .{1,30})?|caveats|"
    r"disclaimer|alternatives(?: considered)?|how to use(?: this.{0,40})?|usage(?: guide| notes)?|license|credits|"
    r"acknowledge?ments|lessons learned|(?:\w+ )?anti-?patterns?|"
    r"(?:common |frequent |typical )?(?:mistakes|pitfalls|errors)|"
    r"(?:recommended|planned|suggested|possible|future) (?:improvements|enhancements|changes|work)|"
    r"(?:[\w-]+ )?(?:roadmap|backlog)|(?:system )?boundar(?:y|ies)|document (?:classification|properties|status)|"
    r"(?:\w+ ){0,2}(?:roles|responsibilities)(?: (?:and|&) (?:roles|responsibilities))?|(?:\w+ ){0,2}objectives|"
    r"recovery targets|(?:success|key) metrics|"
    r"risk (?:mitigations?|register|matrix)|resource requirements|kpis?|"
    r"(?:estimated )?effort|estimat(?:ions?|es?|ed time)|(?:incident |issue )?severity(?: levels?)?|"
    r"(?:release|support|deprecation|versioning) polic(?:y|ies)|support model|release cadence|business value|"
    r"architecture|topology|troubleshooting(?: .{1,30})?|fehlerbehebung|dépannage|"
    r"(?:solución|resolução|solução) de problemas|impact|meaning|scope statement|(?:\w+ )?gotchas|versioning|"
    r"цел[ьи]|примечани[ея]|"
    r"rollen(?: und verantwortlichkeiten)?|verantwortlichkeiten|umfang|geltungsbereich|kennzahlen|"
    r"(?:incident response )?team(?:-?struktur| structure)?|"
    r"eskalations(?:stufen|kriterien)|périmètre|alcance|"
    r"hintergrund|hinweise?|bemerkungen|anmerkungen|(?:\w+)?kontakte|ansprechpartner|übersicht|zweck|ziele?|"
    r"contexte|remarques|notes importantes|contacts? .{1,30}|contacto?s?(?: .{1,30})?|notas|contexto|"
    r"objectifs?|objetivos?|"
    r"(?:errores|erreurs) .{1,20}|背景|概要|"
    r"(?:現在|现在|当前)の?(?:状態|状态|状況)|现状|現状|已完成.{0,8}|注意事項?|注意事项|備考|备注|目的|"
    r"联系(?:方式|人|信息)?|.{0,6}联系(?:方式|人|信息)|"
    r".{0,8}連絡先|联络.{0,6}|.{0,8}(?:指标|指標)|(?:部署|基本|版本|项目)信息)\W*$",
    re.IGNORECASE,
)
# The same in words of other languages, and what warrants something.
_PROSE_ELSEWHERE = re.compile(
    rf"^{_NUMBERED}(?:(?:issues|problems|events|conditions|situations|changes) (?:that|which) "
    r"(?:warrant|trigger|require)\b.{0,60}|"
    r"(?:are|is|does|can|why|how|should|will) .{5,90}\?|notes (?:on|about) .{1,40}|usage instructions|"
    r"where .{1,40} is (?:referenced|used|mentioned)|(?:current |verified )(?:project )?(?:state|status)\b.{0,30}|"
    r"(?!(?:if|when|after|once)\b).{3,60}\b(?:implemented|delivered)|"
    r"(?:aktueller|derzeitiger) (?:.{1,30})?(?:stand|status)|"
    r"(?:common |typical |frequent )(?:[\w-]+ ){1,2}(?:reasons|mistakes|causes)(?: to avoid)?|priority order|"
    r"(?:disparadores|gatilhos|déclencheurs|auslöser)(?: .{1,30})?|(?:arquitet?ura|arquitectura|architektur|"
    r"architettura)(?: .{1,40})?|(?:visão|vista|visione) geral|panoramica|aperçu|überblick|einleitung|einführung|"
    r"introducci[óo]n|introdução|introduzione|escopo|âmbito|ámbito|"
    r"(?:riscos|riesgos|risques|risiken|rischi)(?: .{1,30})?|"
    r"limita(?:ciones|ções|tions|zioni)|glos(?:ario|sário|sar|saire)|obiettiv[oi]|scopo|contatti|riferimenti|"
    r"doel|achtergrond|overzicht|opmerkingen|amaç|kapsam|notlar|genel bakış|cel|zakres|uwagi|"
    r"обзор|описание|введение|архитектура|контакты|глоссарий|риски|ссылки|история.{0,20}|"
    r"概述|简介|简述|介绍|说明|架构.{0,6}|触发(?:条件|规则)|适用(?:场景|范围)|术语.{0,4}|角色.{0,6}|职责.{0,4}|风险.{0,4}|已知问题|"
    r"はじめに|前書き|システム構成|構成図|アーキテクチャ|対象範囲|用語.{0,4}|役割.{0,6}|リスク|既知の(?:問題|不具合)|"
    r"개요|배경|목적|범위|참고(?: ?자료| ?문서)?|연락처|용어(?: 정의)?|"
    r"알려진 (?:문제|이슈)|문제 해결|주의 ?사항|비고|변경 이력)\W*$",
    re.IGNORECASE,
)
_SETS_UP = re.compile(
    rf"{_NUMBERED}(?:initiali[sz]e|configure|assign|create|grant|enable|install|verify)\b", re.IGNORECASE
)
# What is listed right below it goes wrong now and then; what to do about one of them may stand under its own heading.
_ISSUES = re.compile(
    rf"^{_NUMBERED}(?:(?:common|frequent|typical) (?:failure )?(?:issues|problems|questions|failures|modes|scenarios)"
    r"(?: (?:and|&) (?:\w+ )?(?:fixes|solutions|resolutions))?|quick fixes|(?:[\w-]+ )?failure modes|"
    r"(?:häufige|bekannte) (?:probleme|fehler)|problemas (?:comunes|comuns)|problèmes (?:courants|fréquents)|"
    r"常见问题.{0,10}|常見問題.{0,10}|よくある(?:質問|問題).{0,10}|トラブルシューティング|故障(?:排查|排除|处理)|排障)\W*$",
    re.IGNORECASE,
)
# What stands behind a text, unless it says to be a checklist itself.
_APPENDIX = re.compile(
    rf"^{_NUMBERED}(?:appendi(?:x|ces)|ap[êe]ndice|anhang|annexe?|anexo|appendice|附录|附錄|付録)\b", re.IGNORECASE
)
# What a part is about, and its list may say what to do about it.
_SUBJECT = re.compile(
    rf"{_NUMBERED}(?:metadata|document (?:control|info\w*|properties)|"
    r"versioning.{0,20}|versions?|scope|architecture|topology|retention|"
    r"features|"
    r"(?:key )?decisions|communication\w*|estimates?|history)\W*",
    re.IGNORECASE,
)
_STEPS = re.compile(
    r"\b(?:steps|procedure|instructions|to[\s-]?dos?|tasks|check[\s-]?list|checks|action items|actions|run ?book|"
    r"vorgehen|ablauf|schritte|aufgaben|procédure|étapes|pasos|proceso|procedimiento)\b|手順|チェック|步骤|檢查|检查",
    re.IGNORECASE,
)


@dataclass(slots=True)
class Scope:
    """Everything between two headings."""

    title: str = ""
    has_boxes: bool = False
    is_reference: bool = False
    is_prose: bool = False  # what is listed here explains: nobody does it
    is_steps: bool = False  # its heading says that there is something to do
    is_intro: bool = False  # what stands under the title of a text whose lists stand in its sections


def scopes_of(blocks: list[Block], headings: dict[int, int], titles: dict[int, str], options: set[int]) -> list[Scope]:
    """The scope of every position; a label inherits what its heading is."""
    found: list[Scope] = []
    current = Scope()
    prose_level = 0
    asking = _asking(blocks, headings, titles)
    for at, block in enumerate(blocks):
        if at in headings:
            title, level = _without_aside(titles[at][:200]), headings[at]
            below = current.is_prose and level > prose_level and not _STEPS.search(title)
            leads = level < LABEL_LEVEL and explaining.leads(f"{title}:")
            asks = asking.get(at, False)
            has_issues = bool(_ISSUES.match(title))
            is_prose = has_issues or ((_says_about(title) or leads) and not asks) or below
            if has_issues and not below:
                prose_level = LABEL_LEVEL - 1  # only its labels are as it is
            elif is_prose and not current.is_prose:
                prose_level = level
            inherits = level >= LABEL_LEVEL and current.is_reference
            reference = bool(_REFERENCES.match(title)) or inherits
            current = Scope(titles[at][:200], False, reference, is_prose, bool(_STEPS.search(title)))
        elif block.kind == "check" and at not in options:
            current.has_boxes = True
        found.append(current)
    _mark_intro(blocks, headings, found)
    return found


def _asking(blocks: list[Block], headings: dict[int, int], titles: dict[int, str]) -> dict[int, bool]:
    """Position of each heading of a subject, `Versioning` -> whether its list says what to do."""
    found: dict[int, bool] = {}
    for place, following in pairwise([*sorted(headings), len(blocks)]):
        if _SUBJECT.fullmatch(_without_aside(titles[place][:200])):
            lines = [block for block in blocks[place + 1 : following] if block.is_list and block.indent == 0]
            acting = [block for block in lines if block.text.split()[0].lower().strip("*_`.,:") in IMPERATIVES]
            found[place] = len(acting) > 1 and len(acting) * 2 > len(lines)
    return found


def _mark_intro(blocks: list[Block], headings: dict[int, int], scopes: list[Scope]) -> None:
    """What stands before all headings, and under the first where it is above all others."""
    listed = {id(scope) for block, scope in zip(blocks, scopes, strict=True) if block.is_list}
    first = min(headings, default=0)
    above = all(level > headings[first] for at, level in headings.items() if at != first)
    for scope in [scopes[0], scopes[first]] if above and headings else []:
        scope.is_intro = len(listed - {id(scopes[0]), id(scopes[first])}) > 1


def explains(title: str) -> bool:
    """True for the title of what nobody does: notes, references."""
    title = _without_aside(title[:200])
    return _says_about(title) or bool(_REFERENCES.match(title))


def _says_about(title: str) -> bool:
    """True for the title of a part that tells, not asks: `Background`, `Appendix B: ports`."""
    tells = (_PROSE.match(title) or _PROSE_ELSEWHERE.match(title)) and not _SETS_UP.match(title)
    return bool(tells) or (bool(_APPENDIX.match(title)) and not _STEPS.search(title))


def _without_aside(title: str) -> str:
    """A title without what it adds in brackets: `Key metrics (this week)`."""
    return re.sub(r"\s*[(（][^()（）]{1,80}[)）]\W*$", "", title) or title
