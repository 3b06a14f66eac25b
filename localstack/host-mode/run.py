"""Runs LocalStack in this process, without a container.

LocalStack makes an id of bytes, which uuid5 takes from Python 3.12 on; before that it takes text alone.
"""

import runpy
import uuid

made_of_text = uuid.uuid5


def made_of_any(namespace, name):
    return made_of_text(namespace, name.decode("latin-1") if isinstance(name, bytes) else name)


uuid.uuid5 = made_of_any
runpy.run_module("localstack.runtime.main", run_name="__main__")
