"""What scripts that kill pbb again and again have in common: a folder of their own, which stays when something is found."""

import argparse
import os
import subprocess
import tempfile
from pathlib import Path


class Finding(Exception):
    """Something that must not be."""


def parser_of(description, kills):
    parser = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("pbb", type=os.path.abspath, help="the program")
    parser.add_argument("--kills", type=int, default=kills)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--quiet", action="store_true", help="no progress")
    return parser


def exit_status(campaign, options):
    """Of campaign(options, folder).carry_out(), which says whether all was well."""
    folder = Path(tempfile.mkdtemp(prefix="pbb-faults-"))
    if not campaign(options, folder).carry_out():
        return 1
    subprocess.run(["rm", "-rf", folder], check=True)
    return 0
