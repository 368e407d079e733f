"""What is found wrong in a text file: codes, findings, and their text and JSON forms.

A user's mistake is a ``Diagnostic`` value, never an exception. The sentences are built in
``engine.source.messages``, one function per code.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from engine.source.positions import Span
from engine.source.terminal import on_its_line


class Code(StrEnum):
    """Stable identifiers; a code is never renumbered nor reused."""

    # reading
    UNREADABLE_YAML = "E101"
    DUPLICATE_KEY = "E102"
    UNKNOWN_KEY = "E103"
    MISSING_KEY = "E104"
    WRONG_TYPE = "E105"
    NOT_IN_LIST = "E106"
    OUT_OF_BOUNDS = "E107"
    WRONG_FORM = "E108"
    IMPOSSIBLE_DATE = "E109"
    ANCHOR_REFUSED = "E110"
    TOO_DEEP = "E111"
    TOO_LARGE = "E112"
    NOT_TEXT = "E113"
    EMPTY_FILE = "E114"
    INACCESSIBLE = "E115"
    UNKNOWN_KIND = "E116"
    TAG_REFUSED = "E117"
    COMPLEX_KEY = "E118"
    UNREADABLE_JSON = "E119"
    UNKNOWN_TABLE = "E120"
    MIXED_FORMATS = "E121"
    TABLE_TWICE = "E122"
    NO_ROOT_TABLE = "E123"
    DAMAGED_TABLE = "E124"
    UNKNOWN_COLUMN = "E125"
    MISSING_COLUMN = "E126"
    COLUMN_TWICE = "E127"
    UNUSABLE_TYPE = "E128"
    UNEVEN_ROW = "E129"
    UNREADABLE_LINE = "E130"
    NOT_IN_THE_BASE = "E131"
    WORKBOOK_TOO_LARGE = "E132"
    UNUSABLE_PATH = "E133"
    NAMED_COLUMN = "E134"
    TOO_MANY_COLUMNS = "E135"
    NOT_WRITTEN = "E137"
    MORE_FINDINGS = "E138"
    LOOKALIKE = "E139"
    COPIED_FILE = "E140"
    STATE_AS_VALUE = "E141"
    # names and versions
    UNKNOWN_NAME = "E201"
    DUPLICATE_NAME = "E202"
    UNKNOWN_CODE = "E203"
    DATES_REVERSED = "E204"
    VERSIONS_OVERLAP = "E205"
    VERSIONS_HOLE = "E206"
    NO_PRIORITY = "E207"
    BAD_EXCEPTION = "E208"
    NO_SOURCE = "E209"
    UNUSED_RULE = "E210"
    WRONG_SCOPE = "E211"
    NOT_IN_FORCE = "E212"
    CODE_ASIDE = "E213"
    DRAFT = "E214"
    NOT_FILLED = "E215"
    REPEALED_OPEN = "E216"
    RESERVED_NAME = "E217"
    RULES_TOO_DEEP = "E218"
    IDLE_READING = "E223"
    SIGNED_BY_NOBODY = "E224"
    NO_SUCH_PAGE = "E225"
    DOUBTFUL_PAGE = "E226"
    LABEL_TWICE = "E227"
    OTHER_DAY = "E228"
    # units, types, expressions
    UNIT_MISMATCH = "E301"
    TYPE_MISMATCH = "E302"
    ABSENT_UNHANDLED = "E303"
    QUOTIENT_NOT_ROUNDED = "E304"
    RESULT_NOT_ROUNDED = "E305"
    EXPRESSION_REFUSED = "E306"
    EXPRESSION_TOO_BIG = "E307"
    EXPRESSION_SYNTAX = "E308"
    WRONG_CALL = "E309"
    # tables and cycles
    CYCLE = "E401"
    TABLE_GAP = "E402"
    TABLE_OVERLAP = "E403"
    DEAD_ROW = "E404"
    ROW_LENGTH = "E405"
    BAD_INTERVAL = "E406"
    PUBLISHED_DIFFERS = "E407"
    KEY_DIFFERS = "E408"
    # calendars, payment plans, passages
    WINDOWS_OVERLAP = "E410"
    MONTH_NOT_PAID_ONCE = "E411"
    UNCLAIMED_DOCUMENT = "E412"
    UNCLAIMED_RULE = "E413"
    UNKNOWN_TAKER = "E414"
    BAD_PLAN = "E415"
    DEADLINE_ASIDE = "E416"
    OUTSIDE_YEAR = "E417"
    PAID_ASIDE = "E418"
    TWO_CALENDARS = "E419"
    OTHER_YEAR = "E420"
    # conditions
    IDLE_CONDITION = "E421"
    CASE_NEVER_REACHED = "E422"
    # calendars and published tables, again
    OTHER_MONTH = "E423"
    PUBLISHED_TWICE = "E424"
    TYPE_COMES_BACK = "E425"
    # situation: service records, cases, commands
    UNREADABLE_NUMBER = "E501"
    UNKNOWN_LINK = "E502"
    DUPLICATE_RECORD = "E503"
    DATE_OUTSIDE_YEAR = "E504"
    BEFORE_CORPUS = "E505"
    INPUT_MISSING = "E506"
    SOURCE_MISSING = "E507"
    TWO_CASES = "E508"
    NO_CASE = "E509"
    SEVERAL_MAIN = "E510"
    UNKNOWN_RESULT = "E511"
    UNKNOWN_READING = "E512"
    UNKNOWN_RECORD = "E513"
    DIVISION_BY_ZERO = "E514"
    NO_RESULT_ASKED = "E515"
    READING_TWICE = "E516"
    UNKNOWN_CALENDAR = "E517"
    NO_WINDOW = "E518"
    NOT_A_MONTH = "E519"
    ORPHAN_LINE = "E520"
    OUTPUT_EXISTS = "E521"
    RUN_UNFINISHED = "E522"
    NOTHING_TO_RESUME = "E523"
    RESUME_DIFFERS = "E524"
    CANNOT_WRITE = "E525"
    NOT_A_RUN = "E526"
    RUN_CHANGED = "E527"
    OUT_OF_MEMORY = "E528"
    OFF_GRID = "E529"
    NOT_COMPILABLE = "E530"
    OUTPUT_IN_INPUT = "E531"
    REFUSED_IN_RUN = "E532"
    NO_SPARK = "E533"
    NO_JAVA = "E534"
    SPARK_READS_PARQUET = "E535"
    SPARK_FAILED = "E536"
    INPUT_CHANGED = "E537"
    RUN_UNDER_WAY = "E538"
    RUN_DAMAGED = "E539"
    MODULE_STOPPED = "E540"
    RECEIPT_ALTERED = "E541"
    CHAIN_BROKEN = "E542"
    BAD_SIGNATURE = "E543"
    OTHER_END = "E544"
    CORPUS_LOST = "E545"
    INPUT_LOST = "E546"
    NOT_PROVED = "E547"
    BAD_KEY = "E548"
    BAD_ARCHIVE = "E549"
    JOURNAL_CLOSED = "E550"
    NO_HISTORY = "E551"
    NOTHING_KNOWN = "E552"
    NO_SCHEMA_THEN = "E553"
    NOTHING_TO_COPY = "E554"
    VERSION_THERE = "E555"
    FOLLOWS_NOTHING = "E556"
    UNKNOWN_HISTORY = "E557"
    NOT_OUR_WORKBOOK = "E558"
    WRONG_SHEET = "E559"
    OLDER_EXPORT = "E560"
    PROPERTY_FAILS = "E561"
    NEVER_SAID = "E562"
    DRAW_REFUSED = "E563"
    UNKNOWN_FIELD = "E564"
    TWO_PLACES = "E565"
    OUTSIDE_EDITABLE = "E566"
    REFUSED_CELL = "E567"
    BOTH_CHANGED = "E568"
    NAMES_MATTER = "E571"
    NOT_RAISED = "E572"
    CASE_FAILS = "E576"
    ENGINE_FAILS = "E577"
    LAW_THEN_UNKNOWN = "E578"
    CLAIM_TO_COME = "E579"
    NO_LIMIT = "E580"
    OTHER_SIDE_REFUSED = "E581"
    UNREADABLE_THEN = "E582"
    TWO_RECORDS = "E583"
    NOTHING_MEASURED = "E586"
    OTHER_EFFECT = "E587"
    UNKNOWN_CAUSE = "E588"
    KEYS_DIFFER = "E589"
    MUTANT_SURVIVES = "E590"
    ADMITTED_FOR_NOTHING = "E591"
    FLOOR_BROKEN = "E592"
    NO_REVISION = "E593"
    UNKNOWN_TEXT = "E594"
    SALT_LOST = "E595"
    IMPOSSIBLE_MOMENT = "E596"
    NOT_OF_THIS_RUN = "E597"
    NOTE_ASKED = "E599"
    # warnings
    NOTHING_READ = "W601"
    WEEK_END = "W602"
    JUMP = "W611"
    MOVED_POINT = "W612"
    SWAPPED_DIGITS = "W613"
    TOO_MANY_DECIMALS = "W614"
    VALUE_COMES_BACK = "W615"
    ROW_FORGOTTEN = "W616"
    ROW_OUT_OF_LINE = "W617"
    DOES_NOT_FOLLOW = "W618"
    JUSTIFIED_FOR_NOTHING = "W619"
    IDLE_ROUNDING = "W620"
    ODD_DAY = "W621"
    FAR_DAY = "W622"
    NO_DRAFT_MARK = "W623"
    SIGNED_LATER = "W624"
    OLD_SOURCE = "W625"
    PAST_CHANGES = "W626"
    FILE_NOT_READ = "W627"
    SAME_AS_BEFORE = "W628"
    IN_PERCENT = "W629"
    NO_OTHERWISE = "W630"
    POINT_MISSED = "W631"
    FLOOR_CAN_RISE = "W632"


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """One finding about a source file. Built only by the functions of ``messages``.

    ``labels`` are the other places concerned, each with its words; ``hints`` are ways out.
    """

    code: Code
    message: str
    span: Span
    labels: tuple[tuple[Span, str], ...] = ()
    hints: tuple[str, ...] = ()

    @property
    def severity(self) -> str:
        """``erreur`` or ``avertissement``, told by the first letter of the code."""
        return "avertissement" if self.code.startswith("W") else "erreur"

    @property
    def advice(self) -> str | None:
        """The ways out on one line, None when there is none."""
        return " ; ".join(self.hints) or None

    def __str__(self) -> str:
        """The GNU text form, one line, then one indented line per label and per hint."""
        lines = [f"{self.span}: {self.severity} {self.code}: {self.message}"]
        lines += [f"  {span}: {words}" for span, words in self.labels]
        lines += [f"  conseil : {hint}" for hint in self.hints]
        return "\n".join(map(on_its_line, lines))

    def to_json(self) -> dict[str, object]:
        """One object per finding, for ``--format json``; places as file, line, column."""
        return {
            "code": str(self.code),
            "gravite": self.severity,
            "message": self.message,
            **_place(self.span),
            "lieux": [{**_place(span), "message": words} for span, words in self.labels],
            "conseils": list(self.hints),
        }


def _place(span: Span) -> dict[str, object]:
    return {
        "fichier": span.file,
        "ligne": span.line,
        "colonne": span.column,
        "fin_ligne": span.end_line,
        "fin_colonne": span.end_column,
    }


def in_order(findings: list[Diagnostic]) -> tuple[Diagnostic, ...]:
    """The findings by place then code, each once."""
    return tuple(sorted(dict.fromkeys(findings), key=lambda found: (found.span, found.code)))
