"""The Flask application: pages by capability, one guard before all of them, one place for errors."""

from collections.abc import Callable
from datetime import UTC, datetime

from flask import Flask
from flask_wtf import CSRFProtect
from werkzeug.middleware.proxy_fix import ProxyFix
from whitenoise import WhiteNoise

from casework.config import Settings
from casework.service import Casework
from casework.store.sealed_files import SealedFiles
from casework.web import access, assets, errors, filters, observed, security
from casework.web.absences.listed import pages as absent_pages
from casework.web.absences.reports import pages as absence_report_pages
from casework.web.absences.routes import pages as absence_pages
from casework.web.account.routes import pages as account_pages
from casework.web.aid.ledger import pages as aid_pages
from casework.web.board.routes import pages as board_pages
from casework.web.calendar.routes import pages as calendar_pages
from casework.web.cases.chain import pages as chain_of_case_pages
from casework.web.cases.routes import pages as case_pages
from casework.web.chain.routes import pages as chain_pages
from casework.web.checks.routes import pages as check_pages
from casework.web.decisions.routes import pages as decision_pages
from casework.web.deferrals.routes import pages as placement_pages
from casework.web.duties.excuses import pages as excuse_pages
from casework.web.duties.routes import pages as duty_pages
from casework.web.duties.units import pages as unit_duty_pages
from casework.web.home.routes import pages as home_pages
from casework.web.imports.routes import pages as import_pages
from casework.web.letters.print_routes import pages as letter_print_pages
from casework.web.letters.register_routes import pages as letter_register_pages
from casework.web.letters.routes import pages as letter_pages
from casework.web.letters.service_routes import pages as letter_service_pages
from casework.web.people.routes import pages as people_pages
from casework.web.private_request import PrivateRequest
from casework.web.probes.routes import pages as probe_pages
from casework.web.proposals.deciding import pages as approval_pages
from casework.web.proposals.routes import pages as proposal_pages
from casework.web.read_log.routes import pages as read_log_pages
from casework.web.reminders.channels import pages as reminder_channel_pages
from casework.web.reminders.mine import pages as my_reminder_pages
from casework.web.reminders.routes import pages as reminder_pages
from casework.web.reviews.routes import pages as review_pages
from casework.web.school_year.roll_call import pages as roll_call_pages
from casework.web.school_year.routes import pages as school_year_pages
from casework.web.school_year.unnamed import pages as unnamed_pages
from casework.web.search.routes import pages as search_pages
from casework.web.sessions.routes import pages as session_pages
from casework.web.sign_in.routes import pages as sign_in_pages
from casework.web.status.corrections import pages as correction_pages
from casework.web.status.routes import pages as status_pages
from casework.web.students.routes import pages as students_pages
from casework.web.transfers.child import pages as transfer_pages
from casework.web.units.posts import pages as post_pages
from casework.web.units.routes import pages as unit_pages
from casework.web.village.routes import pages as village_pages
from casework.web.visits.routes import pages as visits_pages
from casework.web.weekly.routes import pages as weekly_pages

_PAGES = (
    probe_pages,
    sign_in_pages,
    account_pages,
    people_pages,
    home_pages,
    weekly_pages,
    case_pages,
    chain_of_case_pages,
    board_pages,
    search_pages,
    read_log_pages,
    students_pages,
    visits_pages,
    status_pages,
    correction_pages,
    absence_pages,
    absence_report_pages,
    absent_pages,
    check_pages,
    decision_pages,
    duty_pages,
    excuse_pages,
    unit_duty_pages,
    letter_pages,
    letter_service_pages,
    letter_print_pages,
    letter_register_pages,
    transfer_pages,
    aid_pages,
    village_pages,
    import_pages,
    school_year_pages,
    roll_call_pages,
    unnamed_pages,
    proposal_pages,
    approval_pages,
    session_pages,
    placement_pages,
    unit_pages,
    post_pages,
    chain_pages,
    review_pages,
    reminder_pages,
    my_reminder_pages,
    reminder_channel_pages,
    calendar_pages,
)
_A_YEAR = 365 * 24 * 3600
_LARGEST_FORM = 1 << 20


def create_app(
    casework: Casework, settings: Settings, *, wall: Callable[[], datetime] | None = None
) -> Flask:
    """The pages over one application. `wall`: the real clock that sessions live by (tests give their own)."""
    app = Flask(__name__, static_folder=None)
    app.request_class = PrivateRequest
    app.config.update(
        SECRET_KEY=settings.secret_key,
        SESSION_COOKIE_NAME="__Host-casework_form" if settings.mode == "production" else "casework_form",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=settings.mode == "production",
        WTF_CSRF_TIME_LIMIT=None,
        WTF_CSRF_SSL_STRICT=False,  # the referrer is not sent (Referrer-Policy); the token is checked
        SECOND_STEP_ENFORCED=settings.mode == "production",
        MAX_CONTENT_LENGTH=_LARGEST_FORM,
        TESTING=settings.mode == "test",
    )
    app.extensions |= {
        "casework": casework,
        "settings": settings,
        "accounts": casework.accounts,
        "uploads": SealedFiles(settings.uploads, casework.store.keys),
        "wall": wall or (lambda: datetime.now(UTC)),
    }
    observed.register(app)
    access.make_room(app)
    CSRFProtect(app)
    access.guard(app)
    errors.register(app)
    security.register(app)
    filters.register(app, assets.address)
    for pages in _PAGES:
        app.register_blueprint(pages)
    app.wsgi_app = WhiteNoise(  # type: ignore[method-assign]
        app.wsgi_app,
        root=assets.served(),
        prefix="static/",
        max_age=_A_YEAR,
        allow_all_origins=False,
        add_headers_function=security.for_files(app),
    )
    if settings.behind_proxy:
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=1, x_proto=1, x_host=1)  # type: ignore[method-assign]
    return app
