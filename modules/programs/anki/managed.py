"""Tells the user that Home Manager manages the preferences when they are changed in Anki."""

from unittest.mock import patch

import aqt
from aqt.qt import QMessageBox

TITLE = "Home Manager"


def nothing(*_arguments):
    """In place of saving: the files of preferences cannot be written."""


def changes(before, after):
    return "".join(
        f"{key} changed from `{before.get(key)}` to `{value}`\n"
        for key, value in after.items()
        if before.get(key) != value
    )


def on_dialog(_manager, name, dialog):
    if name != "Preferences":
        return

    manager = aqt.mw.pm

    # The dialog writes its own values first, so that only what is changed later differs.
    dialog.update_global()
    dialog.update_profile()
    meta = manager.meta.copy()
    profile = manager.profile.copy()

    def on_save():
        manager.save = nothing
        details = changes(meta, manager.meta) + changes(profile, manager.profile)
        if details:
            box = QMessageBox(
                QMessageBox.Icon.Warning,
                TITLE,
                "Home Manager has the preferences of Anki.<br>Some changes will not be saved.",
            )
            box.setDetailedText(details)
            box.exec()

    manager.save = on_save


def refuse(*_arguments):
    QMessageBox.warning(aqt.mw, TITLE, "Home Manager has the profiles of Anki.")


aqt.mw.pm.save = nothing
aqt.gui_hooks.dialog_manager_did_open_dialog.append(on_dialog)
for method in ("onAddProfile", "onRenameProfile", "onRemProfile"):
    patch.object(aqt.mw, method, refuse).start()
