"""What the database refuses to do to secrets, whoever asks."""

from apps.core.guards import begins, changed_but, changes

from .models import Secret, SecretVersion

GUARDS = [
    changes(
        "secrets_secret",
        (
            changed_but(Secret, "version", "bindings", "authorities", "changed_at", "last_used_at", "last_used_for"),
            "a secret stays with its team and its name",
        ),
        ("NEW.version < OLD.version", "the versions of a secret only grow"),
    ),
    begins(
        "secrets_secretversion",
        (
            "NEW.number <= (SELECT COALESCE(MAX(v.number), 0) FROM secrets_secretversion v "
            "WHERE v.secret_id = NEW.secret_id)",
            "a version of a secret comes after those before it",
        ),
    ),
    changes(
        "secrets_secretversion",
        (changed_but(SecretVersion, "ciphertext", "key"), "who set a secret and when does not change"),
        ("LENGTH(OLD.ciphertext) = 0 AND LENGTH(NEW.ciphertext) > 0", "a value that was destroyed does not come back"),
    ),
]
