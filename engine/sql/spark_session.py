"""A Spark session: where to compute and what it may use go in, a session comes out, or why not.

The machines of a cluster need what this one has: Java, Spark, and réglo with its option Spark.
"""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from typing import TYPE_CHECKING, Final

from engine.source.catalogue import say
from engine.source.diagnostics import Diagnostic
from engine.sql.spark_java import HOME, OLDEST, Java, find_java

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

LOCAL: Final = "local[*]"
_LIBRARIES: Final = ("pyspark", "pyarrow", "pandas")  # the last: Spark wants it to be there
_NOISE: Final = "SQLQueryContextLogger"
_LOOPBACK: Final = "127.0.0.1"
# What the results depend on, whatever the cluster says.
_EXACT: Final[Mapping[str, str]] = {
    "spark.sql.ansi.enabled": "true",  # an overflow is an error, never another number
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.caseSensitive": "false",
    "spark.sql.parquet.datetimeRebaseModeInRead": "CORRECTED",
    "spark.sql.parquet.datetimeRebaseModeInWrite": "CORRECTED",
    "spark.sql.parquet.inferTimestampNTZ.enabled": "true",
}
# Spark would add up the size of every column after each row that it gives to Python: the number of
# rows of a batch bounds it too.
_QUICK: Final[Mapping[str, str]] = {"spark.sql.execution.arrow.maxBytesPerBatch": "2147483647"}


@dataclass(frozen=True, slots=True)
class Means:
    """Where Spark computes: ``master`` as it writes it, None for this machine.

    ``memory`` (megabytes) is what each of its processes may use, ``threads`` how many tasks one
    process does at the same time, ``spill`` a folder of this machine for what does not fit.
    """

    master: str | None
    memory: int | None
    threads: int | None
    spill: str

    @property
    def local(self) -> bool:
        """Whether it is this machine."""
        return self.master is None or self.master.startswith("local")

    def settings(self) -> dict[str, str]:
        """The settings of a session that is not there yet."""
        found = {"spark.ui.showConsoleProgress": "false", "spark.log.level": "FATAL"}
        if self.memory is not None:
            size = f"{self.memory}m"
            found |= {"spark.driver.memory": size, "spark.executor.memory": size}
        if self.local:
            master = self.master or LOCAL
            if self.threads is not None:
                master = f"local[{self.threads}]"
            return found | {
                "spark.master": master,
                "spark.ui.enabled": "false",
                "spark.driver.bindAddress": _LOOPBACK,
                "spark.driver.host": _LOOPBACK,
                "spark.local.dir": self.spill,
                "spark.sql.warehouse.dir": self.spill,
            }
        if self.threads is not None:
            found["spark.executor.cores"] = str(self.threads)
        return found | {"spark.master": self.master or LOCAL}


def cannot_start(environment: Mapping[str, str]) -> tuple[Java | None, Diagnostic | None]:
    """The Java to use, and E533 or E534 when a session cannot be had."""
    lacking = next((one for one in _LIBRARIES if find_spec(one) is None), None)
    if lacking is not None:
        return None, say("E533", "--moteur", bibliotheque=lacking)
    java, old = find_java(environment)
    if java is None:
        return None, say(
            "E534",
            "JAVA_HOME",
            cas="ancien" if old else "aucun",
            minimum=OLDEST,
            vus=[f"{one.version} dans {one.home.as_posix()}" for one in old],
        )
    return java, None


@contextmanager
def session(means: Means, java: Java) -> Iterator[SparkSession]:
    """A session with views and settings of its own, ended with its process if it has started it.

    Raises:
        pyspark.errors.PySparkException, py4j.protocol.Py4JError: it cannot be had.
    """
    from pyspark.sql import SparkSession

    logging.getLogger(_NOISE).disabled = True  # it writes the whole stack of what is told anyway
    running = SparkSession.getActiveSession()
    if running is None:
        os.environ[HOME] = java.home.as_posix()
        os.environ.setdefault("SPARK_LOCAL_IP", _LOOPBACK if means.local else "")
        os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
        builder = SparkSession.builder.appName("reglo")
        for name, value in means.settings().items():
            builder = builder.config(name, value)
        spark = builder.getOrCreate()
    else:
        spark = running.newSession()
    for name, value in {**_EXACT, **_QUICK}.items():
        spark.conf.set(name, value)
    try:
        yield spark
    finally:
        if running is None:
            spark.stop()
