"""The catalog's versions in the database: the highest is in force for every process, whatever file that process was given."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass

from sqlmodel import Session, col, select

from billing_ui_backend import statements
from billing_ui_backend.catalog import Catalog
from billing_ui_backend.driver import Driver
from billing_ui_backend.errors import CatalogError
from billing_ui_backend.models import CatalogRow, CounterRow, EventRow, SubscriptionRow
from billing_ui_backend.results import WindowKind

logger = logging.getLogger("billing_ui")


@dataclass(frozen=True, slots=True)
class StoredCatalog:
    """The catalog in force, and `versions`, all that ever were, the newest first. `periods` are the kinds of window that each
    feature has or ever had: counters of a kind that an older version opened must go on moving."""

    version: int
    versions: tuple[Catalog, ...]
    periods: Mapping[str, frozenset[WindowKind]]

    @property
    def catalog(self) -> Catalog:
        """The catalog in force."""
        return self.versions[0]


class CatalogInForce:
    """The catalog as this process last read it, read anew when another version was stored."""

    def __init__(self, stored: StoredCatalog) -> None:
        self.known = stored

    def refresh(self, driver: Driver) -> StoredCatalog:
        """The catalog in force in the connection's snapshot, which may be older than what is known."""
        return self.at(latest_version(driver), driver)

    def at(self, latest: int, driver: Driver) -> StoredCatalog:
        """The same, where the latest version in the snapshot was read already."""
        if latest == self.known.version:
            return self.known
        stored = load(driver)
        assert stored is not None
        if latest > self.known.version:
            self.known = stored
        return stored


def load(driver: Driver) -> StoredCatalog | None:
    """The catalog in force, None when none was ever stored."""
    rows = driver.execute(statements.CATALOGS).fetchall()
    if not rows:
        return None
    versions = tuple(Catalog.from_source(source) for _, source in reversed(rows))
    periods = {
        key: frozenset[WindowKind]().union(*(version.periods_of(key) for version in versions))
        for key in versions[0].features
    }
    return StoredCatalog(rows[-1][0], versions, periods)


def store(session: Session, catalog: Catalog, now_us: int) -> None:
    """Puts a catalog in force, unless it is one that was replaced before: a process that holds an older one never overwrites.

    Raises:
        CatalogError: it changes the scale or type of a feature in use, or removes a plan or feature in use.
    """
    rows = session.exec(select(CatalogRow).order_by(col(CatalogRow.version))).all()
    if any(row.checksum == catalog.checksum for row in rows):
        if rows[-1].checksum != catalog.checksum:
            logger.warning(
                "billing_ui: the catalog given here was replaced by version %d, which stays in force; to go back to it on "
                "purpose, give it a new top-level key such as version = %d",
                rows[-1].version,
                rows[-1].version + 1,
            )
        return
    if rows:
        _check_change(session, Catalog.from_source(rows[-1].source), catalog)
    version = rows[-1].version + 1 if rows else 1
    session.add(CatalogRow(version=version, checksum=catalog.checksum, source=catalog.source, created_us=now_us))


def latest_version(driver: Driver) -> int:
    """The version in force, 0 when there is none."""
    return int(driver.execute(statements.LATEST_CATALOG).fetchone()[0] or 0)


def _check_change(session: Session, old: Catalog, new: Catalog) -> None:
    changed = {
        key: new.features.get(key)
        for key, before in old.features.items()
        if (after := new.features.get(key)) is None or (after.type, after.scale) != (before.type, before.scale)
    }
    removed = old.plans.keys() - new.plans.keys()
    if (changed or removed) and session.get_bind().dialect.name == "postgresql":
        # Who counts or changes a plan locks its customer first: what is unused now stays so until this is in force.
        session.connection().exec_driver_sql("lock table billing_customer in exclusive mode")
    for key, after in changed.items():
        before = old.features[key]
        used = session.exec(select(CounterRow.customer_id).where(CounterRow.feature_key == key).limit(1)).first()
        used = used or session.exec(select(EventRow.customer_id).where(EventRow.feature_key == key).limit(1)).first()
        if used is None:
            continue
        if after is None:
            raise CatalogError(
                f"features.{key}: it has usage (of customer {used!r}) and can't be removed: keep it, in no plan"
            )
        raise CatalogError(
            f"features.{key}: it has usage (of customer {used!r}), so type {before.type!r} and scale {before.scale} can't change: "
            "add a feature under a new key"
        )
    for key in removed:
        if holder := _plan_in_use(session, key):
            raise CatalogError(
                f"plans.{key}: customer {holder!r} has or had it, so it can't be removed: keep it, with public = false"
            )


def _plan_in_use(session: Session, plan_key: str) -> str | None:
    # Past phases count too: late events and history are decided under the plan of their time.
    return session.exec(
        select(SubscriptionRow.customer_id).where(SubscriptionRow.plan_key == plan_key).limit(1)
    ).first()
