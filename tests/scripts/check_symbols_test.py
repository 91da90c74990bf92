"""Tests of check_symbols.py: what it finds in made-up objects, and that nm's lines are read."""

import sys
import unittest
from pathlib import Path

sys.dont_write_bytecode = True
sys.path.insert(0, str(Path(__file__).resolve().parent))
import check_symbols  # noqa: E402


def objects(**symbols):
    """Objects of rooms, from lines of nm by room; '__' stands for '/'."""
    return check_symbols.Objects({
        f"/build/src/{room.replace('__', '/')}/file.cc.o": [tuple(s.split(" ", 1)) for s in lines]
        for room, lines in symbols.items()})


class SymbolsTest(unittest.TestCase):
    def found(self, problems):
        return list(problems)

    def test_lines_of_nm(self):
        match = check_symbols.SYMBOL.match("0000000000000010 T lutgemm::Pack(int, long)")
        self.assertEqual(match.groups(), ("T", "lutgemm::Pack(int, long)"))
        match = check_symbols.SYMBOL.match("                 U lutgemm_version")
        self.assertEqual(match.groups(), ("U", "lutgemm_version"))

    def test_needs_point_downward(self):
        good = objects(layout=["U lutgemm::CodeBits(int)"], format=["T lutgemm::CodeBits(int)"])
        self.assertEqual(self.found(check_symbols.layer_problems(good, set())), [])
        bad = objects(layout=["U lutgemm::CodeBits(int)"], api=["T lutgemm::CodeBits(int)"])
        self.assertEqual(
            self.found(check_symbols.layer_problems(bad, set())),
            ["src/layout/file.cc.o needs lutgemm::CodeBits(int), which src/api defines"])

    def test_the_model_takes_what_the_library_exports(self):
        model = objects(model__lower=["U lutgemm::Pack(int)", "U lutgemm::layout::Secret()"])
        self.assertEqual(
            self.found(check_symbols.layer_problems(model, {"lutgemm::Pack(int)"})),
            ["src/model/lower/file.cc.o needs lutgemm::layout::Secret(), which no object here "
             "defines"])

    def test_inline_functions_are_at_home_everywhere(self):
        both = objects(base=["W lutgemm::base::Quote(int)"], api=["U lutgemm::base::Quote(int)"])
        self.assertEqual(self.found(check_symbols.layer_problems(both, set())), [])

    def test_namespaces_are_rooms(self):
        good = objects(plan=["T lutgemm::plan::Choose()"], model__cost=[
            "T lutgemm::model::cost::Area(int)", "T lutgemm::model::accel::Simulate()"])
        self.assertEqual(self.found(check_symbols.room_problems(good)), [])
        bad = objects(api=["T lutgemm::plan::Choose()"])
        self.assertEqual(self.found(check_symbols.room_problems(bad)),
                         ["lutgemm::plan::Choose() of plan is defined in src/api"])

    def test_public_functions_are_where_headers_say(self):
        headers = [({"base"}, "struct LUTGEMM_API WeightInfo {"),
                   ({"api"}, "LUTGEMM_API Result<int> Pack(const int& matrix,\n  int);")]
        exported = {"lutgemm::WeightInfo::groups() const", "lutgemm::Pack(int)",
                    "lutgemm_version"}
        good = objects(base=["T lutgemm::WeightInfo::groups() const"],
                       api=["T lutgemm::Pack(int)", "T lutgemm_version"])
        self.assertEqual(
            self.found(check_symbols.public_problems(good, exported, headers)), [])
        bad = objects(quant=["T lutgemm::Pack(int)"], base=["T lutgemm_version"])
        self.assertEqual(self.found(check_symbols.public_problems(bad, exported, headers)), [
            "no public header says that lutgemm::Pack(int) is defined in src/quant",
            "lutgemm_version is defined in src/base, not in src/api"])

    def test_headers_name_several_rooms(self):
        text = "Weights. Defined in src/base, src/quant and src/api. More."
        match = check_symbols.DEFINED_IN.search(text)
        self.assertEqual(match[1].count("src/"), 3)

    def test_the_models_headers_name_rooms_of_the_model(self):
        headers = [({"model/api"}, "class LUTGEMM_API Machine {")]
        model = objects(model__func=["T lutgemm::model::Machine::Run()"])
        self.assertEqual(
            self.found(check_symbols.public_problems(model, {"lutgemm::model::Machine::Run()"},
                                                     headers)),
            ["no public header says that lutgemm::model::Machine::Run() is defined in "
             "src/model/func"])

    def test_products_are_apart(self):
        library = objects(ref=["T lutgemm::ref::Gemm()"], api=["T lutgemm::Pack(int)"],
                          base=["W lutgemm::model::Shape::k() const"])
        model = objects(model__api=["T lutgemm::Pack(int)", "T lutgemm::model::Run()"],
                        model__text=["T lutgemm::text::Read()"])
        self.assertEqual(
            sorted(check_symbols.product_problems(library, model, {"lutgemm::base::Cat()"})),
            ["both libraries define lutgemm::Pack(int)", "liblutgemm has lutgemm::model::Shape::k() const",
             "liblutgemm has lutgemm::ref::Gemm()", "liblutgemm_model defines lutgemm::text::Read()",
             "liblutgemm_model exports lutgemm::base::Cat()"])


if __name__ == "__main__":
    unittest.main()
