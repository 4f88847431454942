"""Writes the preferences of Anki (prefs21.db, gldriver6) to a directory.

Arguments: the directory, and a file with the settings as JSON.
"""

import json
import sys

from aqt.profiles import ProfileManager, VideoDriver
from aqt.theme import Theme, WidgetStyle, theme_manager
from aqt.toolbar import HideMode

THEMES = {"followSystem": Theme.FOLLOW_SYSTEM, "light": Theme.LIGHT, "dark": Theme.DARK}
STYLES = {"anki": WidgetStyle.ANKI, "native": WidgetStyle.NATIVE}
HIDE_MODES = {"fullscreen": HideMode.FULLSCREEN, "always": HideMode.ALWAYS}


def driver(name):
    # The value of OpenGL differs between systems.
    return VideoDriver.OpenGL if name == "opengl" else VideoDriver(name)


def main():
    directory, settings_path = sys.argv[1:]
    with open(settings_path, encoding="utf-8") as file:
        settings = json.load(file)

    manager = ProfileManager(ProfileManager.get_created_base_folder(directory))
    manager.setupMeta()
    manager.meta["firstRun"] = False
    manager.setLang(settings["language"])

    # A style is applied to windows, of which there are none.
    theme_manager.apply_style = lambda: None

    setters = {
        "videoDriver": lambda value: manager.set_video_driver(driver(value)),
        "theme": lambda value: manager.set_theme(THEMES[value]),
        "style": lambda value: manager.set_widget_style(STYLES[value]),
        "uiScale": lambda value: manager.setUiScale(float(value)),
        "hideTopBar": manager.set_hide_top_bar,
        "hideTopBarMode": lambda value: manager.set_top_bar_hide_mode(HIDE_MODES[value]),
        "hideBottomBar": manager.set_hide_bottom_bar,
        "hideBottomBarMode": lambda value: manager.set_bottom_bar_hide_mode(HIDE_MODES[value]),
        "reduceMotion": manager.set_reduce_motion,
        "minimalistMode": manager.set_minimalist_mode,
        "spacebarRatesCard": manager.set_spacebar_rates_card,
        "legacyImportExport": manager.set_legacy_import_export,
    }
    for name, setter in setters.items():
        if settings[name] is not None:
            setter(settings[name])

    for answer in settings["answerKeys"]:
        manager.set_answer_key(answer["ease"], answer["key"])

    for name, profile in settings["profiles"].items():
        manager.create(name)
        manager.openProfile(name)
        sync = profile["sync"]

        # Without a time of the last optimization Anki does not ask for one.
        manager.profile["lastOptimize"] = None
        for key in ("autoSync", "syncMedia"):
            if sync[key] is not None:
                manager.profile[key] = sync[key]
        if sync["autoSyncMediaMinutes"] is not None:
            manager.set_periodic_sync_media_minutes(sync["autoSyncMediaMinutes"])
        if sync["networkTimeout"] is not None:
            manager.set_network_timeout(sync["networkTimeout"])
        manager.save()

    for name, profile in settings["profiles"].items():
        if profile["default"]:
            manager.set_last_loaded_profile_name(name)

    manager.save()


main()
