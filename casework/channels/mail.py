"""邮件: one message over one connection; every step says whether the server has it yet."""

import smtplib
import ssl
from email import policy
from email.message import EmailMessage
from email.utils import formatdate, make_msgid

from casework.channels.outcome import Outcome, refused, taken, uncertain
from casework.domain.reminder_policy import Email

CONNECT_S, REPLY_S = 10.0, 20.0
_FOR_GOOD = 500


def send(server: Email, password: str, *, to: str, subject: str, text: str) -> Outcome:
    """Hands one message over. Before its text is sent, any failure is definite."""
    try:
        smtp = _connected(server, password)
    except (OSError, smtplib.SMTPException) as fault:
        return refused(f"邮件服务器连不上或不让登录（{_named(fault)}）", broken=True)
    try:
        return _handed_over(smtp, server.sender, to, _message(server.sender, to, subject, text))
    finally:
        smtp.close()


def _connected(server: Email, password: str) -> smtplib.SMTP:
    context = ssl.create_default_context()
    if server.security == "tls":
        smtp: smtplib.SMTP = smtplib.SMTP_SSL(server.host, server.port, timeout=CONNECT_S, context=context)
    else:
        smtp = smtplib.SMTP(server.host, server.port, timeout=CONNECT_S)
    try:
        smtp.ehlo_or_helo_if_needed()
        if server.security == "starttls":
            smtp.starttls(context=context)
            smtp.ehlo()
        if server.user:
            smtp.login(server.user, password)
    except BaseException:
        smtp.close()
        raise
    assert smtp.sock is not None
    smtp.sock.settimeout(REPLY_S)
    return smtp


def _handed_over(smtp: smtplib.SMTP, sender: str, to: str, message: bytes) -> Outcome:
    try:
        for code, _ in (smtp.mail(sender), smtp.rcpt(to)):
            if code >= 400:
                return refused(f"邮件服务器不收这个收件人或发件人（{code}）", for_good=code >= _FOR_GOOD)
    except (OSError, smtplib.SMTPException) as fault:
        return refused(f"连接中断（{_named(fault)}）", broken=True)
    try:
        code, _ = smtp.data(message)
    except smtplib.SMTPDataError as fault:
        return refused(f"邮件服务器不收（{fault.smtp_code}）", for_good=fault.smtp_code >= _FOR_GOOD)
    except (OSError, smtplib.SMTPException) as fault:
        return uncertain(f"送出后没有等到答复（{_named(fault)}）")
    if code == 250:
        return taken()
    return refused(f"邮件服务器没有收下（{code}）", for_good=code >= _FOR_GOOD)


def _message(sender: str, to: str, subject: str, text: str) -> bytes:
    message = EmailMessage(policy=policy.SMTP)  # lines end as the servers want them
    message["From"], message["To"], message["Subject"] = sender, to, subject
    message["Date"] = formatdate(localtime=True)
    message["Message-ID"] = make_msgid(domain=sender.partition("@")[2])
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(text)
    return message.as_bytes()


def _named(fault: BaseException) -> str:
    code = getattr(fault, "smtp_code", "")
    return f"{type(fault).__name__}{f' {code}' if code else ''}"
