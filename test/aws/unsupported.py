"""Prints, as JSON, each package beside this Python that does not take the version of Python that is given."""

import json
import sys
from importlib.metadata import distributions

from pip._vendor.packaging.specifiers import SpecifierSet


def main(version):
    wanted = {
        f"{each.metadata['Name']} {each.version}": each.metadata["Requires-Python"] or ""
        for each in distributions()
    }
    refusing = {name: wants for name, wants in wanted.items() if version not in SpecifierSet(wants)}
    print(json.dumps(refusing))


main(sys.argv[1])
