"""Authentication over HTTP."""

from flask import request

from backend.core.pagination import Page, PageQuery
from backend.core.security.principal import Principal
from backend.core.web.client_address import client_address
from backend.modules.auth import cloud_run, service
from backend.modules.auth.schemas import CodeBody, LoginOut, PhoneOut, RefreshBody, SessionOut, Tokens
from backend.modules.auth.service import Device, Issued
from backend.modules.users.schemas import UserOut


def wechat_login(body: CodeBody) -> LoginOut:
    """Log in with the code of wx.login

    The first login creates the user. A code works once, within five minutes.
    """
    return _login_out(*service.login_with_code(body.code, _device()))


def wechat_cloud_login() -> LoginOut:
    """Log in through WeChat Cloud Run

    Its ingress names the user in X-WX-OPENID. Only with WECHAT_CLOUD_RUN=true.
    """
    return _login_out(*service.login_with_identity(cloud_run.identity_of(request), _device()))


def refresh(body: RefreshBody) -> Tokens:
    """Exchange a refresh token for the next pair of tokens

    A refresh token works once. Sending it again within the grace period, before its successor is used, returns the same
    successor; any later use ends the session.
    """
    return Tokens(**_pair(service.refresh(body.refresh_token)))


def logout(principal: Principal) -> None:
    """Log out of this device"""
    service.logout(principal)


def list_sessions(principal: Principal, query: PageQuery) -> Page[SessionOut]:
    """List your sessions"""
    page = Page[SessionOut].model_validate(service.list_sessions(principal, query.page, query.per_page))
    for session in page.items:
        session.current = session.id == principal.session_id
    return page


def end_session(principal: Principal, session_id: int) -> None:
    """Log out of another device"""
    service.end_session(principal, session_id)


def bind_phone(principal: Principal, body: CodeBody) -> PhoneOut:
    """Save the phone number behind the code of a phone-number button"""
    return PhoneOut(phone=service.bind_phone(principal, body.code))


def _device() -> Device:
    name = "".join(c for c in request.headers.get("User-Agent", "") if c.isprintable())
    return Device(name[:200], client_address())


def _login_out(issued: Issued, user: UserOut) -> LoginOut:
    return LoginOut(**_pair(issued), user=user)


def _pair(issued: Issued) -> dict[str, str | int]:
    return {
        "access_token": issued.access_token,
        "refresh_token": issued.refresh_token,
        "expires_in": issued.expires_in,
    }
