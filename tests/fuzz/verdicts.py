"""What became of a program, and how a refusal or a crash is told in a few stable words."""

from __future__ import annotations

import re
import traceback
from dataclasses import dataclass
from typing import Any

# Refusals that are right: what is asked has no answer, or the design says it is refused.
SOUND = re.compile(r"AD(208|302|305|401|403|502|503|507)\b")


@dataclass(frozen=True)
class Verdict:
    """What became of a program.

    `status` is ok, refused, WRONG, CRASH, SLOW, doubtful, unfit (the program fails) or broken
    (the checker does);
    `what` says in which check, `why` is a short and stable reason, by which failures are grouped.
    """

    status: str
    what: str = ""
    why: str = ""
    detail: str = ""

    @property
    def is_failure(self) -> bool:
        return self.status in ("WRONG", "CRASH", "SLOW")

    def same_failure(self, other: Verdict) -> bool:
        return (self.status, self.what, self.why) == (other.status, other.what, other.why)


class Found(Exception):
    """Ends a check with a verdict."""

    def __init__(self, verdict: Verdict) -> None:
        self.verdict = verdict


def refused(refusal: Any, what: str) -> Verdict:
    """A refusal, its reason without the names of the program."""
    reason = re.sub(r"`[^`]*`|'[^']*'", "…", refusal.reason.split("\n")[0])
    reason = re.sub(r"\w+ and \w+ (are the same object), and .*", r"two arguments \1", reason)
    reason = re.sub(r"float[0-9]+\[[^]]*\]", "float[…]", reason)
    status = f"{refusal.code}: {re.sub(r'[0-9]+', 'N', reason)[:140]}"
    return Verdict("refused", what, status, str(refusal))


def crash(error: Exception, what: str) -> Verdict:
    """An exception of the compiler's, by the place in the compiler that raised it."""
    detail = "".join(traceback.format_exception(error))[-3000:]
    error = error.__cause__ if isinstance(error.__cause__, Exception) else error
    frames = traceback.extract_tb(error.__traceback__)
    ours = [f for f in frames if "/adcompiler/" in f.filename.replace("\\", "/")]
    where = "emitted code"
    if ours:
        name = ours[-1].filename.replace("\\", "/").rpartition("/adcompiler/")[2]
        where = f"{name}:{ours[-1].name}"
        if frames[-1] is not ours[-1] and frames[-1].filename.startswith("<"):
            where = "emitted code"
    message = re.sub(r"[0-9]+", "N", re.sub(r"['\"`][^'\"`]*['\"`]", "…", str(error)))
    message = message.split("\n")[0][:100]
    why = f"{type(error).__name__} in {where}: {message}"
    return Verdict("CRASH", what, why, detail)
