#!/usr/bin/env python3
"""Tests of leash @NAME@: `python3 test.py`. How it gets on with leash itself, `leash plugin test .` looks at."""

import importlib.machinery
import importlib.util
import pathlib
import sys
import unittest

sys.dont_write_bytecode = True
PATH = str(pathlib.Path(__file__).with_name("leash-@NAME@"))
LOADER = importlib.machinery.SourceFileLoader("plugin", PATH)
plugin = importlib.util.module_from_spec(importlib.util.spec_from_loader("plugin", LOADER))
LOADER.exec_module(plugin)


class Count(unittest.TestCase):
    def test_none(self):
        self.assertEqual(plugin.count([]), {"api_keys": 0, "named": 0})

    def test_labels(self):
        keys = [{"label": "ci"}, {"label": None}, {}]
        self.assertEqual(plugin.count(keys), {"api_keys": 3, "named": 1})


if __name__ == "__main__":
    unittest.main()
