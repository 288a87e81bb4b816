"""Logging in with WeChat, staying logged in, logging out, on as many devices as one has."""

from flask import Flask

from backend.core import cache
from backend.core.security import access
from backend.modules.auth import cloud_run, service, wechat
from backend.modules.auth.cli import sessions
from backend.modules.auth.settings import WeChatSettings
from backend.modules.auth.wechat_api import WeChatApi
from backend.modules.auth.wechat_stand_in import StandIn
from backend.modules.users.service import user_disabled


def init_app(app: Flask, settings: WeChatSettings) -> None:
    wechat.use(app, _gateway(app, settings))
    access.use_principal_loader(app, service.load_principal)
    access.use_signature(app, cloud_run.SCHEME, cloud_run.check_of(settings))
    user_disabled.connect(service.end_all_sessions)
    app.cli.add_command(sessions)


def _gateway(app: Flask, settings: WeChatSettings) -> wechat.Gateway:
    if settings.wechat_gateway == "stand-in":
        return StandIn()
    return WeChatApi(settings, app.extensions[cache.EXTENSION])
