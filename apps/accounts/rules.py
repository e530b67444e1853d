"""How long a name waits after wrong passwords, and when two names read the same. Pure."""

import hashlib
import ipaddress
import unicodedata
from datetime import timedelta
from uuid import UUID

from django.db.models import TextChoices

from apps.core.wording import folded

FREE_TRIES = 3
FREE_TRIES_PER_ADDRESS = 30
FREE_TRIES_PER_NAME = 20
LONGEST_WAIT = 900
LONGEST_WAIT_PER_ADDRESS = 30
LONGEST_WAIT_PER_NAME = 30  # short: whoever guesses from everywhere must not keep the owner of the name out
FORGOTTEN_AFTER = 3600
# Shown as nothing, beside the categories of control and format characters.
IGNORABLE = (
    (0x34F, 0x34F), (0x115F, 0x1160), (0x17B4, 0x17B5), (0x180B, 0x180F), (0x2065, 0x2065), (0x2800, 0x2800),
    (0x3164, 0x3164), (0xFE00, 0xFE0F), (0xFFA0, 0xFFA0), (0xFFF0, 0xFFF8), (0xE0000, 0xE0FFF),
)  # fmt: skip
# Letters that look like a Latin one, after the confusables of Unicode TR 39: Cyrillic, Greek, Armenian, Cherokee,
# Lisu, Coptic, small capitals; then Greek that looks like Cyrillic, and kana that look like a Han character.
PAIRS = (
    ("авгекмнопрстухьзѕіјһԁԛԝѵүґӏ", "abrekmhonpctyxb3sijhdqwvyrl"),
    ("АВЕКМНОРСТУХЗЅІЈԚԜѴҮӀ", "ABEKMHOPCTYX3SlJQWVYl"),
    ("αβγειηκνορστυχωϲϳ", "abyeinkvopotuxwcj"),
    ("ΑΒΕΖΗΙΚΜΝΟΡΤΥΧϹ", "ABEZHlKMNOPTYXC"),
    ("օոսհցզաքՏԼՕՍ", "onuhgqwpSLOU"),
    ("ᎪᏴᏟᎠᎬᏀᎻᎫᏦᏞᎷᏢᎡᏚᎢᏙᎳᏃ", "ABCDEGHJKLMPRSTVWZ"),
    ("ꓮꓐꓚꓓꓰꓝꓖꓧꓲꓙꓗꓡꓟꓠꓳꓑꓣꓢꓔꓴꓦꓪꓫꓬꓜ", "ABCDEFGHlJKLMNOPRSTUVWXYZ"),
    ("ⲟⲣⲥⲕⲞⲢⲤⲎⲘⲔⲦⲬ", "opckOPCHMKTX"),
    ("ıɑɡʙɢʜɪʟɴʀʏᴀᴄᴅᴇᴊᴋᴍᴏᴘᴛᴜᴠᴡᴢꜱɩ", "iagbghilnryacdejkmoptuvwzsi"),
    ("I1|ǀ0", "llllo"),
    ("’‘ʼ`´′ʹ", "'" * 7),
    ("‐‑‒–—−", "-" * 6),
    ("ΓΠΦΛ", "ГПФЛ"),
    ("カロニハトタエチヘリー", "力口二八卜夕工千へり一"),
    # What else of Latin, Cyrillic, Greek, Armenian, Cherokee and digits looks alike letter by letter: derived from the
    # classes that confusables.txt of Unicode TR 39 makes of them, as packaged in confusable-homoglyphs 3.3.1 (2024,
    # MIT; 1,312 pairs, of which those above and NFKC find 1,064). Later rows win.
    ("ĚěĸŐſƄƅƍƖƦƧƫƷƼƽƿǍǎǏǐǑǒǓǔǦǧǵȚțȜȢȣȦȧɅəɛɜɣɯɲʋʍʒͺͻͿΣβπφϛ", "ĔĕkÖfbbglR2ţ35sþĂăĬĭŎŏŬŭĞğģŢţ388ÅåЛǝe3ywņumȝiɔJƩßnɸς"),
    ("ϜϲϷϸϹϺϽИЙЬбифєѝѡѰѱҽӋӌӏӘәӠӡԊԌԍԐԑՓգծյպռքᎥᎨᎩᎰᎱᎽᎿᏂᏇᏋᏎᏏᏒᏔ", "FcÞþCMƆͶЍb6ͷɸeйwΨψeҶҷiƏǝ3ȝǶGgƐeФqδȷɰnfiͰYͰГYţhѠƐ4bRW"),
    ("ᏕᏧᏮᏰᏳᏻᴈᴎᴐᴑᴙᴤᴦᴧᴨᴩᴫᶃᶌᶐẚẝẟỿώῶↄⱵꙄꙅꙇꙍꙨꜾꜿꝚꝪꝫꝮꞒꞓꞕꞘꞙꞝꞟꞫꞲꞳꞴꞵꞶ", "Sd6ßGg3ͷɔoяƨrʌnpлgyɋảfδyῴᏯɔͰ2ƨiwʘϿͽ23ȝ9ЄeꜧFfʚu3JXBßꙌ"),
    ("ꞷꬲꬵꬽꭇꭈꭍꭎꭑꭒꭓꭕꭚꭠꭱꭵꭾꮀꮁꮃꮇꮐꮛꮟꮢꮪꮯꮲꮶ𝈂𝈆𝈋𝈍𝈒𝈓𝈖𝈗𝈡𝈢𝈪𝈰𝉅", "weforrʃuṃuxxyљriɂⱶrwmgebrscpkӾ3ͶV7FRⱯƐѠLꟻՈ"),
)
LOOKALIKES = str.maketrans({one: other for ones, others in PAIRS for one, other in zip(ones, others, strict=True)})
LIGATURES = (("rn", "m"), ("vv", "w"))
SYSTEM_NAME = "Keyturn"
SUSPENSION = timedelta(hours=24)
BY_SSO = "single sign-on"  # by which means somebody signed in, in words
SECOND_STEP_WITHIN = timedelta(minutes=10)  # of the password
# What pages write where no name stands.
STANDING_IN = frozenset({"system", "somebody", "nobody", "you"})
NETWORK_BITS = 64  # bits of an IPv6 address that name one connection; its owner has all addresses behind them


class Suspension(TextChoices):
    """Why somebody signs nothing for a day; pages say it after “because”."""

    PASSWORD_SET = "password_set", "the password was set anew"
    FACTOR_ADDED = "factor_added", "a factor was added"
    FACTOR_REMOVED = "factor_removed", "a factor was taken away"
    RECOVERY_CODE = "recovery_code", "a recovery code was used"
    IDENTITY_LINKED = "identity_linked", "another way to sign in was added"


def wait_after(tries: int, *, free: int = FREE_TRIES, longest: int = LONGEST_WAIT) -> int:
    """Seconds until the next try after `tries` in a row: none at first, then 1, 2, 4 … up to `longest`."""
    return 0 if tries < free else int(min(2 ** min(tries - free, 20), longest))


def limits(address: str, username: str) -> dict[str, tuple[int, int]]:
    """What one try counts for: (free tries, longest wait in seconds) by key."""
    return {
        tries_key(address, username): (FREE_TRIES, LONGEST_WAIT),
        tries_key(address): (FREE_TRIES_PER_ADDRESS, LONGEST_WAIT_PER_ADDRESS),
        tries_key("", username): (FREE_TRIES_PER_NAME, LONGEST_WAIT_PER_NAME),
    }


def tries_key(address: str, username: str = "") -> str:
    """What the tries of one name from one address are counted under; without one of them, all of the other."""
    name = folded(username.strip())  # as signing in compares them
    return hashlib.sha256(f"{network(address)}\n{name}".encode()).hexdigest()


def password_key(person: UUID) -> str:
    """What tries of somebody's password by who is signed in are counted under."""
    return hashlib.sha256(f"password\n{person}".encode()).hexdigest()


def second_step_key(person: UUID, address: str = "") -> str:
    """What tries of somebody's codes after their password are counted under: those from one network, or all."""
    return hashlib.sha256(f"second step\n{person}\n{network(address)}".encode()).hexdigest()


def name_keys(name: str) -> frozenset[str]:
    """Two names that share one of these read as one person: as typed, and whatever the case.

    After the skeletons of Unicode TR 39: width, ignorable characters, blanks and marks of case do not count, and
    letters that look alike are one.
    """
    return frozenset({_skeleton(name), _skeleton(unicodedata.normalize("NFKC", name).casefold())})


def why_no_name(full_name: str) -> str:
    """Why nobody can be called that; empty when somebody can."""
    if not any(unicodedata.category(letter)[0] == "L" and not is_ignorable(letter) for letter in full_name):
        return "A name has letters that can be seen. Write what people call you."
    if reads_as_system(full_name):
        return f"“{full_name}” reads like what Keyturn itself is called beside its own acts. Choose another name."
    return ""


def reads_as_system(name: str) -> bool:
    """Whether it reads like the name that acts of the system stand under."""
    keys, (own,) = name_keys(name), name_keys(SYSTEM_NAME)
    is_own = any(own in key.split() or own == key.replace(" ", "") for key in keys)
    return is_own or not keys.isdisjoint(STANDING_IN)


def is_ignorable(letter: str) -> bool:
    """Whether it shows nothing: Unicode's Default_Ignorable_Code_Point, other invisible ones and the empty Braille."""
    return unicodedata.category(letter) in ("Cc", "Cf", "Cs", "Cn", "Co") or any(
        first <= ord(letter) <= last for first, last in IGNORABLE
    )


def network(address: str) -> str:
    """The address as far as nobody can choose another one at will: an IPv4 address, or the network of an IPv6 one."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return address  # a proxy may send something else than an address
    if isinstance(found, ipaddress.IPv4Address):
        return str(found)
    return str(found.ipv4_mapped or ipaddress.IPv6Network((int(found), NETWORK_BITS), strict=False))


def _skeleton(name: str) -> str:
    plain = unicodedata.normalize("NFKC", name.translate(LOOKALIKES))  # before as well: it makes “ſ” and “Ϲ” others
    seen = "".join(letter for letter in plain if not is_ignorable(letter))
    seen = seen.translate(LOOKALIKES).casefold()
    for several, one in LIGATURES:
        seen = seen.replace(several, one)
    return " ".join(seen.split())
