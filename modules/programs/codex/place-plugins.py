"""Names the plugins of Codex whose names are known only once they are built.

Argument: a file with JSON, which has
  plugins: the plugins, each with its `source`, the `fallback` of its name, and the `placeholder` of
      its name in the following two,
  config, marketplace: contents of the two files,
  cache: the directory of plugins below the home directory,
  suffix: what follows names of plugins in the configuration.

Writes `cache` (links to the plugins), `config.json` and `marketplace.json` to the current directory.
"""

import json
import pathlib
import re
import sys


def component(value):
    """The part of a path with a name or a version, as the store allows it."""
    return re.sub(r"[^A-Za-z0-9+._?=-]+", "-", value.lstrip("."))[-207:] or "unknown"


def identity(source, fallback):
    manifest_path = source / ".codex-plugin" / "plugin.json"
    manifest = {"name": fallback}
    if manifest_path.exists():
        manifest = json.loads(manifest_path.read_text())
    name, version = manifest["name"], manifest.get("version", "0.0.0")
    if not isinstance(name, str) or not isinstance(version, str):
        sys.exit(f"Codex plugin manifest '{manifest_path}' has a non-string name or version")
    return name, version


def main():
    given = json.loads(pathlib.Path(sys.argv[1]).read_text())
    plugins = given["config"]["plugins"]
    entries = {entry["name"]: entry for entry in given["marketplace"]["plugins"]}

    for plugin in given["plugins"]:
        source = pathlib.Path(plugin["source"])
        if not source.is_dir():
            sys.exit(f"Codex plugin source '{source}' is not a directory")
        name, version = identity(source, plugin["fallback"])
        place = pathlib.Path(component(name)) / component(version)

        link = "cache" / place
        if link.is_symlink():
            sys.exit(f"Codex plugins resolve to duplicate cache path '{place}'")
        link.parent.mkdir(parents=True, exist_ok=True)
        link.symlink_to(source)

        # Settings of its own, by its name, stay.
        settings = plugins.pop(plugin["placeholder"] + given["suffix"])
        plugins[name + given["suffix"]] = {**plugins.get(name + given["suffix"], {}), **settings}

        entry = entries[plugin["placeholder"]]
        entry["name"] = name
        entry["source"]["path"] = f"./{given['cache']}/{place}"

    pathlib.Path("config.json").write_text(json.dumps(given["config"]))
    pathlib.Path("marketplace.json").write_text(json.dumps(given["marketplace"], indent=2) + "\n")


main()
