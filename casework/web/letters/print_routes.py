"""打印文书和送达回证: an A4 page for the browser's printer, and the same as PDF. Each is logged."""

import io

from flask import Blueprint, Response, render_template, send_file

from casework.documents.letter_pdf import PrintedLetter, PrintedReceipt, letter_pdf, receipt_pdf
from casework.domain.letter_text import printed_day
from casework.domain.permissions import READ_CASE
from casework.errors import NotFound
from casework.web.access import allow, casework, today, viewer
from casework.web.filters import file_name
from casework.web.letters.routes import CHILD
from casework.web.letters.shown import ShownLetter, shown_letter

pages = Blueprint("letter_prints", __name__, template_folder="templates")


@pages.get(f"{CHILD}/<int:no>/print")
@allow(READ_CASE)
def letter(child_id: str, no: int) -> str:
    """The letter as a sheet of paper."""
    return render_template("letter_print.html", letter=_of(child_id, no, needs_text=True))


@pages.get(f"{CHILD}/<int:no>/receipt")
@allow(READ_CASE)
def receipt(child_id: str, no: int) -> str:
    """The 送达回证, filled in as far as is known: empty it goes along, full it goes into the archive."""
    return render_template("letter_receipt.html", letter=_of(child_id, no))


@pages.get(f"{CHILD}/<int:no>/letter.pdf")
@allow(READ_CASE)
def letter_as_pdf(child_id: str, no: int) -> Response:
    """The letter as PDF."""
    shown = _of(child_id, no, needs_text=True)
    printed = PrintedLetter(
        title=shown.title,
        number=shown.number,
        text=shown.paragraphs,
        issuer=shown.issuer,
        post=shown.post or "签发人",
        signatory=shown.body.get("signatory", ""),
        date=printed_day(shown.body["on"]),
        voided=shown.voided,
    )
    return _pdf(letter_pdf(printed), f"{shown.body['kind']}_{shown.number}")


@pages.get(f"{CHILD}/<int:no>/receipt.pdf")
@allow(READ_CASE)
def receipt_as_pdf(child_id: str, no: int) -> Response:
    """The 送达回证 as PDF."""
    shown = _of(child_id, no)
    printed = PrintedReceipt(shown.issuer, shown.receipt, shown.voided)
    return _pdf(receipt_pdf(printed), f"送达回证_{shown.number}")


def _of(child_id: str, no: int, *, needs_text: bool = False) -> ShownLetter:
    """The letter to be printed; nothing that names the child is printed for a masked viewer."""
    with casework().reading() as reading:
        shown = shown_letter(reading, viewer(), child_id, no, today())
    printable = bool(shown.paragraphs) if needs_text else not shown.inner
    if viewer().masked or not printable:
        raise NotFound("没有这份文书", child=child_id, no=no)
    return shown


def _pdf(content: bytes, name: str) -> Response:
    return send_file(io.BytesIO(content), mimetype="application/pdf", download_name=file_name(f"{name}.pdf"))
