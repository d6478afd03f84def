"""Validates manifests against their JSON Schema.

    check_manifest.py SCHEMA MANIFEST...

A line for each manifest: `valid`, or what is wrong with it.
"""

import json
import os
import sys

import jsonschema_rs


def main(schema, *manifests):
    validator = jsonschema_rs.validator_for(read(schema), validate_formats=True)
    for path in manifests:
        errors = [error.message for error in validator.iter_errors(read(path))]
        print(os.path.basename(path), "; ".join(errors) or "valid")


def read(path):
    with open(path, encoding="utf-8") as file:
        return json.load(file)


main(*sys.argv[1:])
