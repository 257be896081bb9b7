"""A server where every page has something on it: what the demo lacks is done as the office does it, and real ids are given."""

from datetime import date

from tests.journeys.stored import Stored

WITH_A_SUPERVISOR = ("submitted", "held", "returned", "approved")
WITH_THE_OFFICE = ("approved", "active", "declined", "ended")
THIS_MONTH = date.today().replace(day=1)


def fill(stored: Stored) -> None:
    """Publish the open data, list the month to pay, begin a renewal."""
    from sbt_pwa.records.account import Account
    from sbt_pwa.records.contribution_month import list_month
    from sbt_pwa.records.job import do_next
    from sbt_pwa.records.programme import Programme
    from sbt_pwa.records.publishing import switch_open_data
    from sbt_pwa.records.renewal import start_renewal

    def as_the_office(db, select):
        dewi = db.session.scalar(select(Account).filter_by(username="dewi"))
        switch_open_data(True, dewi)
        programmes = db.session.scalars(select(Programme)).all()
        for one in programmes:
            list_month(one, THIS_MONTH, dewi)
            start_renewal(one, f"{one.name} (lanjutan)", dewi)
        db.session.commit()
        while do_next():
            pass

    stored.ask(as_the_office)


def ids_for_pages(stored: Stored) -> dict[str, list[str]]:
    """One of each kind that an address names, and people in several states; `approve ...`: whom the supervisor of Bula sees."""
    from sbt_pwa.records.account import Account
    from sbt_pwa.records.batch import Batch
    from sbt_pwa.records.programme import Programme
    from sbt_pwa.records.rates import ContributionRate
    from sbt_pwa.records.registration import Registration

    def read(db, select):
        def one_of_each(column, values, **such):
            query = select(column.class_.id).filter_by(**such).limit(1)
            found = [db.session.scalar(query.where(column == value)) for value in values]
            return [str(one) for one in found if one]

        sari = db.session.scalar(select(Account.id).filter_by(username="sari"))
        return {
            "uuid:record_id": one_of_each(Registration.author_id, [sari], status="active"),
            "approve uuid:entry_id": one_of_each(Registration.status, WITH_A_SUPERVISOR, district_code="81.05.01"),
            "exchange uuid:entry_id": one_of_each(Registration.status, WITH_THE_OFFICE),
            "uuid:programme_id": one_of_each(Programme.category, ["vulnerable", "non_civil_servant"], state="open"),
            "uuid:batch_id": [str(db.session.scalar(select(Batch.id)))],
            "uuid:row_id": [str(db.session.scalar(select(ContributionRate.id)))],
            "region_code": ["81.05.01", "81.05.01.2003"],
            "month": [f"{THIS_MONTH:%Y-%m}"],
        }

    return stored.ask(read)
