"""Sets what an account needs to synchronize, which is not in the preferences."""

import json
from pathlib import Path

import aqt

# What each profile synchronizes with.
PROFILES = json.loads(@profiles@)


def contents(path):
    if path is None or not Path(path).exists():
        return None
    return Path(path).read_text().strip()


def on_profile_open():
    manager = aqt.mw.pm
    sync = PROFILES.get(manager.name)
    if sync is None:
        return
    if sync["url"]:
        manager.set_custom_sync_url(sync["url"])
    username = sync["username"] or contents(sync["usernameFile"])
    if username:
        manager.set_sync_username(username)
    key = contents(sync["keyFile"])
    if key:
        manager.set_sync_key(key)


aqt.gui_hooks.profile_did_open.append(on_profile_open)
