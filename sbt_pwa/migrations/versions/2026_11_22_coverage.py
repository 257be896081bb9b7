"""coverage is counted by the database beside each move; targets to hold it against."""

import datetime as dt
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from alembic import op
from flask import current_app

revision = "0006"
down_revision = "0005m"
branch_labels = None
depends_on = None

REGISTRATION = (
    "id village_code category programme_id status status_at made_at author_id covered_from covered_to committed_rupiah "
    "occupation sex birth_date"
).split()
COUNTED_KINDS = "returned approved waitlisted sent active declined refused withdrawn ended undone".split()
ENDS_OF_WORK = "('active', 'refused', 'withdrawn', 'ended')"
REGIONS = "(SELECT 5 AS len UNION ALL SELECT 8 UNION ALL SELECT 13) l"
DISTRICT_AND_VILLAGE = "(SELECT 8 AS len UNION ALL SELECT 13) l"
KINDS = "(SELECT 'occupation' AS kind UNION ALL SELECT 'born') k"
HAPPENED = "r.{kind} IN (" + ", ".join(f"'{kind}'" for kind in COUNTED_KINDS) + ")"


class Sqlite:
    nil = "'00000000000000000000000000000000'"
    offset = "(SELECT offset_minutes FROM coverage_clock) || ' minutes'"

    def text(self, day):
        return day

    def day(self, at):
        return f"date({at}, {self.offset})"

    def week(self, at):
        return f"date({at}, {self.offset}, '-6 days', 'weekday 1')"


class Postgres:
    nil = "'00000000-0000-0000-0000-000000000000'::uuid"
    offset = "make_interval(mins => (SELECT offset_minutes FROM coverage_clock))"

    def text(self, day):
        return f"to_char({day}, 'YYYY-MM-DD')"

    def day(self, at):
        return f"(({at} AT TIME ZONE 'UTC') + {self.offset})::date"

    def week(self, at):
        return f"date_trunc('week', ({at} AT TIME ZONE 'UTC') + {self.offset})::date"


class Counter:
    """What one table counts: rows `r` of registrations (or of what happened to them), spread over regions and kinds."""

    def __init__(self, table, keys, spread="", where="true", sums=None, watched=""):
        self.table, self.keys, self.spread, self.where = table, keys, spread, where
        self.sums = {"n": "1"} | (sums or {})
        self.watched = watched.split()

    def insert(self, rows, by, slot):
        """SQL that counts many `rows` at once, in (`by` 1) or out (-1); rows that say it themselves have a column `r.by`."""
        columns = ", ".join([*self.keys, "slot", *self.sums])
        values = ", ".join([*self.keys.values(), slot, *(f"sum({by} * {value})" for value in self.sums.values())])
        places = ", ".join(str(n + 1) for n in range(len(self.keys)))
        moved = " OR ".join(f"sum({by} * {value}) <> 0" for value in self.sums.values())
        return (
            f"INSERT INTO {self.table} ({columns}) SELECT {values} FROM {self.source(rows)} WHERE {self.where} "
            f"GROUP BY {places} HAVING {moved} ORDER BY {places} {self.or_add}"
        )

    def insert_few(self, rows, by):
        """SQL that counts one row, or a few, without sorting them first: SQLite counts row by row."""
        columns = ", ".join([*self.keys, "slot", *self.sums])
        values = ", ".join([*self.keys.values(), "0", *(f"{by} * {value}" for value in self.sums.values())])
        return f"INSERT INTO {self.table} ({columns}) SELECT {values} FROM {self.source(rows)} WHERE {self.where} {self.or_add}"

    def source(self, rows):
        return " CROSS JOIN ".join([rows, *([self.spread] if self.spread else [])])

    @property
    def or_add(self):
        step = ", ".join(f"{name} = {self.table}.{name} + excluded.{name}" for name in self.sums)
        return f"ON CONFLICT ({', '.join(self.keys)}, slot) DO UPDATE SET {step};"

    @property
    def sweep(self):
        """Days pass and their keys never come again: what is down to nothing goes."""
        return f"DELETE FROM {self.table} WHERE n = 0" if self.table == "standing_count" else ""


def counters(sql):
    region, village = {"region_code": "substr(r.village_code, 1, l.len)"}, {"village_code": "r.village_code"}
    paid_by = {"category": "r.category", "programme_id": f"coalesce(r.programme_id, {sql.nil})"}
    cover = {
        name: f"CASE WHEN r.status = 'active' THEN coalesce({sql.text(f'r.{name}')}, '') ELSE '' END"
        for name in ("covered_from", "covered_to")
    }
    over = "r.status IN ('refused', 'withdrawn', 'ended')"
    stage = f"CASE WHEN r.status = 'active' THEN 'active' WHEN {over} THEN 'over' ELSE 'work' END"
    born = f"r.sex || ' ' || substr({sql.text('r.birth_date')}, 1, 4)"
    value = f"CASE k.kind WHEN 'occupation' THEN r.occupation ELSE {born} END"
    where_and_whose = "village_code category programme_id"
    standing = Counter(
        "standing_count",
        region | paid_by | {"status": "r.status", "day": sql.day("r.status_at")},
        DISTRICT_AND_VILLAGE,
        f"r.status NOT IN {ENDS_OF_WORK}",
        watched=f"{where_and_whose} status status_at",
    )
    return [
        Counter(
            "coverage_count",
            region | paid_by | {"status": "r.status"} | cover,
            DISTRICT_AND_VILLAGE,
            sums={"rupiah": "coalesce(r.committed_rupiah, 0)"},
            watched=f"{where_and_whose} status covered_from covered_to committed_rupiah",
        ),
        Counter(
            "portrait_count",
            region | paid_by | {"stage": stage, "kind": "k.kind", "value": value},
            f"{REGIONS} CROSS JOIN {KINDS}",
            watched=f"{where_and_whose} status occupation sex birth_date",
        ),
        standing,
        Counter(
            "flow_count",
            region | paid_by | {"kind": "'registered'", "week": sql.week("r.made_at")},
            REGIONS,
            watched=f"{where_and_whose} made_at",
        ),
        Counter(
            "officer_count",
            {"week": sql.week("r.made_at")} | village | {"author_id": "r.author_id"} | paid_by | {"kind": "'registered'"},
            watched=f"{where_and_whose} made_at author_id",
        ),
    ]


def counters_of_events(sql):
    """The same tables of what happened: `r` is a registration with `event_kind` and `event_at`."""
    happened = HAPPENED.format(kind="event_kind")
    said = {"kind": "r.event_kind"}
    flow, officer = counters(sql)[3:]
    week = {"week": sql.week("r.event_at")}
    return [
        Counter("flow_count", flow.keys | said | week, REGIONS, happened, watched="village_code category programme_id"),
        Counter(
            "officer_count", officer.keys | said | week, "", happened, watched="village_code category programme_id author_id"
        ),
    ]


def upgrade() -> None:
    make_tables()
    name = op.get_bind().dialect.name
    sql = Sqlite() if name == "sqlite" else Postgres()
    zone = ZoneInfo(current_app.config["SBT_TIME_ZONE"])
    minutes = (dt.datetime.now(zone).utcoffset() or dt.timedelta()) // dt.timedelta(minutes=1)
    op.execute(f"INSERT INTO coverage_clock (id, offset_minutes) VALUES (1, {minutes})")
    for counter in counters(sql):
        op.execute(counter.insert("registration r", "1", "0"))
    for counter in counters_of_events(sql):
        op.execute(counter.insert(f"({happenings('event', 'registration')}) r", "1", "0"))
    for statement in sqlite_triggers(sql) if name == "sqlite" else postgres_triggers(sql):
        op.execute(statement)


def happenings(events, registrations, by=""):
    columns = ", ".join(f"g.{column}" for column in REGISTRATION)
    joined = f"{events} e JOIN {registrations} g ON g.id = e.registration_id"
    return f"SELECT {columns}, e.kind AS event_kind, e.at AS event_at{by} FROM {joined}"


# ---- SQLite: a trigger for each table and each thing that can happen to a row


def sqlite_triggers(sql):
    found = []
    for counter in counters(sql):
        new, old = ("(SELECT " + ", ".join(f"{row}.{c} AS {c}" for c in REGISTRATION) + ") r" for row in ("NEW", "OLD"))
        found += sqlite_trio(counter, "registration", new, old)
    for counter in counters_of_events(sql):
        new, old = (
            "(SELECT "
            + ", ".join(f"g.{c} AS {c}" for c in REGISTRATION)
            + f", {row}.kind AS event_kind, {row}.at AS event_at FROM registration g WHERE g.id = {row}.registration_id) r"
            for row in ("NEW", "OLD")
        )
        found += sqlite_trio(counter, "event", new, old, ["registration_id", "kind", "at"])
        new, old = (
            "(SELECT "
            + ", ".join(f"{row}.{c} AS {c}" for c in REGISTRATION)
            + f", e.kind AS event_kind, e.at AS event_at FROM event e WHERE e.registration_id = {row}.id) r"
            for row in ("NEW", "OLD")
        )
        found.append(sqlite_update(counter, "registration", new, old, counter.watched, "_past"))
    return found


def sqlite_trio(counter, table, new, old, watched=None):
    name = f"{counter.table}_{table}"
    when = {row: f" WHEN {row}.kind IN {tuple(COUNTED_KINDS)}" if table == "event" else "" for row in ("NEW", "OLD")}
    return [
        f"CREATE TRIGGER {name}_in AFTER INSERT ON {table}{when['NEW']} BEGIN {counter.insert_few(new, '1')} END",
        f"CREATE TRIGGER {name}_out AFTER DELETE ON {table}{when['OLD']} BEGIN {counter.insert_few(old, '-1')} END",
        sqlite_update(counter, table, new, old, watched or counter.watched, "_again"),
    ]


def sqlite_update(counter, table, new, old, watched, name):
    changed = " OR ".join(f"OLD.{column} IS NOT NEW.{column}" for column in watched)
    sweep = f"{counter.sweep} AND region_code IN (substr(OLD.village_code, 1, 8), OLD.village_code);" if counter.sweep else ""
    return (
        f"CREATE TRIGGER {counter.table}_{table}{name} AFTER UPDATE OF {', '.join(watched)} ON {table} WHEN {changed} "
        f"BEGIN {counter.insert_few(old, '-1')} {counter.insert_few(new, '1')} {sweep} END"
    )


# ---- PostgreSQL: one trigger for each statement, which counts all of its rows at once


SLOTS = 64
# A transaction counts in a slot that is its own until it ends: no two wait for each other's rows, none lock crosswise.
# The lowest free one is taken, so that few are ever used.
SLOT = f"""
CREATE FUNCTION coverage_slot() RETURNS smallint LANGUAGE plpgsql AS $$
DECLARE mine text := current_setting('sbt.coverage_slot', true);
BEGIN
  IF mine <> '' THEN RETURN mine; END IF;
  FOR one IN 0..{SLOTS - 1} LOOP
    IF pg_try_advisory_xact_lock(810500, one) THEN mine := one; EXIT; END IF;
  END LOOP;
  IF mine IS NULL OR mine = '' THEN
    mine := pg_backend_pid() % {SLOTS};
    PERFORM pg_advisory_xact_lock(810500, mine::int);
  END IF;
  PERFORM set_config('sbt.coverage_slot', mine, true);
  RETURN mine;
END $$"""


def postgres_triggers(sql):
    return [SLOT, *postgres_counting(counters(sql), counters_of_events(sql))]


def postgres_counting(of_entries, of_events):
    found = []
    watched = list(dict.fromkeys(column for counter in of_entries for column in counter.watched))
    for table, columns in (("registration", watched), ("event", ["registration_id", "kind", "at"])):
        for what, event, given in (
            ("in", "INSERT", "REFERENCING NEW TABLE AS new_rows"),
            ("out", "DELETE", "REFERENCING OLD TABLE AS old_rows"),
            ("again", "UPDATE", "REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows"),
        ):
            name = f"coverage_{table}_{what}"
            body = postgres_body(table, what, columns, of_entries, of_events)
            found.append(
                f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ DECLARE my_slot smallint; BEGIN {body} END $$"
            )
            found.append(f"CREATE TRIGGER {name} AFTER {event} ON {table} {given} FOR EACH STATEMENT EXECUTE FUNCTION {name}()")
    return found


def postgres_body(table, what, columns, of_entries, of_events):
    told = {"in": [("new_rows", 1)], "out": [("old_rows", -1)], "again": [("old_rows", -1), ("new_rows", 1)]}[what]
    both = " OR ".join(f"o.{column} IS DISTINCT FROM n.{column}" for column in columns)
    kinds = ", ".join(f"'{kind}'" for kind in COUNTED_KINDS)
    worth = {
        "again": f"SELECT 1 FROM old_rows o JOIN new_rows n ON n.id = o.id WHERE {both}",
        "in": "SELECT 1 FROM new_rows" + (f" WHERE kind IN ({kinds})" if table == "event" else ""),
        "out": "SELECT 1 FROM old_rows",
    }[what]
    if table == "event":
        rows = " UNION ALL ".join(happenings(rows, "registration", f", {by} AS by") for rows, by in told)
        steps = [counter.insert(f"({rows}) r", "r.by", "my_slot") for counter in of_events]
    else:
        own = ", ".join(REGISTRATION)
        rows = " UNION ALL ".join(f"SELECT {own}, {by} AS by FROM {rows}" for rows, by in told)
        steps = [counter.insert(f"({rows}) r", "r.by", "my_slot") for counter in of_entries]
        if what == "again":
            past = " UNION ALL ".join(happenings("event", rows, f", {by} AS by") for rows, by in told)
            steps += [counter.insert(f"({past}) r", "r.by", "my_slot") for counter in of_events]
        if what != "in":
            gone = "SELECT substr(village_code, 1, 8) FROM old_rows UNION SELECT village_code FROM old_rows"
            steps.append(f"DELETE FROM standing_count WHERE n = 0 AND slot = my_slot AND region_code IN ({gone});")
    return f"IF NOT EXISTS ({worth}) THEN RETURN NULL; END IF; my_slot := coverage_slot(); {' '.join(steps)} RETURN NULL;"


# ---- tables


def counter_table(name, *keys, more=()):
    op.create_table(
        name,
        *keys,
        sa.Column("slot", sa.SmallInteger(), nullable=False),
        sa.Column("n", sa.Integer(), nullable=False),
        *more,
        sa.PrimaryKeyConstraint(*(key.name for key in keys), "slot", name=op.f(f"pk_{name}")),
        sqlite_with_rowid=False,
        postgresql_with={"fillfactor": 60},  # a count that grows stays on its page, and no index has to be told
    )


def column(name, kind):
    return sa.Column(name, kind, nullable=False)


def make_tables() -> None:
    def place():
        return [column("region_code", sa.String(13)), *paid_by()]

    def paid_by():
        return [column("category", sa.String(20)), column("programme_id", sa.Uuid())]

    status = column("status", sa.String(12))
    cover = [column(name, sa.String(10)) for name in ("covered_from", "covered_to")]
    counter_table("coverage_count", *place(), status, *cover, more=[column("rupiah", sa.BigInteger())])
    portrait = [column("stage", sa.String(6)), column("kind", sa.String(10)), column("value", sa.String(30))]
    counter_table("portrait_count", *place(), *portrait)
    region, *whose = place()
    counter_table("standing_count", region, column("day", sa.Date()), *whose, column("status", sa.String(12)))  # newest days are read
    counter_table("flow_count", *place(), column("kind", sa.String(12)), column("week", sa.Date()))
    counter_table(
        "officer_count",
        column("week", sa.Date()),
        column("village_code", sa.String(13)),
        column("author_id", sa.Uuid()),
        *paid_by(),
        column("kind", sa.String(12)),
    )
    op.create_table(
        "coverage_clock",
        sa.Column("id", sa.SmallInteger(), nullable=False, autoincrement=False),
        sa.Column("offset_minutes", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_coverage_clock")),
    )
    op.create_table(
        "target",
        sa.Column("region_code", sa.String(length=13), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("category", sa.String(length=20), nullable=False),
        sa.Column("people", sa.Integer(), nullable=False),
        sa.Column("source", sa.String(length=200), nullable=False),
        sa.Column("by_id", sa.Uuid(), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["by_id"], ["account.id"], name=op.f("fk_target_by_id")),
        sa.ForeignKeyConstraint(["region_code"], ["region.code"], name=op.f("fk_target_region_code")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_target")),
        sa.UniqueConstraint("region_code", "year", "category", name=op.f("uq_target_region_code_year_category")),
    )


def downgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        made = [statement.split()[2] for statement in sqlite_triggers(Sqlite())]
        for name in made:
            op.execute(f"DROP TRIGGER {name}")
    else:
        for table in ("registration", "event"):
            for what in ("in", "out", "again"):
                op.execute(f"DROP TRIGGER coverage_{table}_{what} ON {table}")
                op.execute(f"DROP FUNCTION coverage_{table}_{what}()")
        op.execute("DROP FUNCTION coverage_slot()")
    for table in (
        "target", "coverage_clock", "officer_count", "flow_count", "standing_count", "portrait_count", "coverage_count",
    ):  # fmt: skip
        op.drop_table(table)
