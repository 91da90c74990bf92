"""A second implementation of the LUT Tensor Core's machine, written from docs/isa.md alone: it
shares nothing with src/model and is as slow as it is plain. Standard library only."""

import struct

import numbers16 as num
from arithmetic import ISA, REGISTER, Arithmetic, Trap, registers_of


def overlap(a, b):
    return a[0] < b[1] and b[0] < a[1]


class Machine(Arithmetic):
    def __init__(self, config, memory):
        self.config = config
        self.registers = bytearray(config["registers"] * REGISTER)
        self.scratchpad = bytearray(config["scratchpad_bytes"])
        self.memory = bytearray(memory) + bytearray(config["global_bytes"] - len(memory))
        self.scalars = [0] * 32
        self.pending = []  # (scratchpad range, global range, into the scratchpad)
        self.counters = dict.fromkeys(
            ("steps", "lookups", "array_cycles", "table_adds", "global_read", "global_written",
             "scratchpad_read", "scratchpad_written", "register_read", "register_written"), 0)
        self.executed = {}

    def run(self, words):
        """None, or (kind, word) of the trap."""
        self.words, self.at, self.halted = words, 0, False
        while not self.halted:
            try:
                self.step()
            except Trap as trap:
                return str(trap), self.at
        return None

    def step(self):
        if self.at >= len(self.words):
            raise Trap("end")
        if self.counters["steps"] == self.config["max_steps"]:
            raise Trap("steps")
        decoded = ISA.decode(self.words[self.at])
        if decoded is None:
            raise Trap("illegal")
        name, fields = decoded
        target = getattr(self, "do_" + name)(**fields)
        self.at = self.at + 1 if target is None else target
        self.counters["steps"] += 1
        self.executed[name] = self.executed.get(name, 0) + 1

    def count(self, **counts):
        for name, value in counts.items():
            self.counters[name] += value

    # Steering.

    def do_halt(self):
        self.pending.clear()
        self.halted = True

    def set_scalar(self, number, value):
        if number != 0:
            self.scalars[number] = num.wrapped(value, 64)

    def do_li(self, sd, imm):
        self.set_scalar(sd, imm)

    def do_addi(self, sd, sa, imm):
        self.set_scalar(sd, self.scalars[sa] + imm)

    def do_bne(self, sa, sb, target):
        if self.scalars[sa] == self.scalars[sb]:
            return None
        if not 0 <= self.at + target < len(self.words):
            raise Trap("end")
        return self.at + target

    # Memories.

    def range_of(self, address, length, memory, kind):
        if address < 0 or address + length > len(memory):
            raise Trap(kind)
        return address, address + length

    def check_idle(self, which, used, writes):
        for copy in self.pending:
            written = copy[2] == (which == 0)  # whether the copy writes this memory
            if (written or writes) and overlap(copy[which], used):
                raise Trap("pending")

    def copy(self, local, remote, length, inwards):
        here = self.range_of(local, length, self.scratchpad, "scratchpad")
        there = self.range_of(remote, length, self.memory, "global")
        self.check_idle(0, here, inwards)
        self.check_idle(1, there, not inwards)
        self.pending.append((here, there, inwards))
        if inwards:
            self.scratchpad[slice(*here)] = self.memory[slice(*there)]
            self.count(global_read=length, scratchpad_written=length)
        else:
            self.memory[slice(*there)] = self.scratchpad[slice(*here)]
            self.count(scratchpad_read=length, global_written=length)

    def do_cpin(self, sd, sa, length):
        self.copy(self.scalars[sd], self.scalars[sa], length, True)

    def do_cpout(self, sd, sa, length):
        self.copy(self.scalars[sa], self.scalars[sd], length, False)

    def do_fence(self):
        self.pending.clear()

    def access(self, rd, sa, offset, length, writes):
        self.within((rd, length))
        address = num.wrapped(self.scalars[sa] + offset, 64)
        used = self.range_of(address, length, self.scratchpad, "scratchpad")
        self.check_idle(0, used, writes)
        return used

    def do_ld(self, sa, length, rd, offset):
        used = self.access(rd, sa, offset, length, False)
        rest = registers_of(length) * REGISTER - length
        self.write(rd, 0, self.scratchpad[slice(*used)] + bytes(rest))
        self.count(scratchpad_read=length)

    def do_st(self, sa, length, rd, offset):
        used = self.access(rd, sa, offset, length, True)
        self.scratchpad[slice(*used)] = self.read(rd, 0, length)
        self.count(scratchpad_written=length)

    def do_zero(self, rd, length):
        self.within((rd, length * REGISTER))
        self.write(rd, 0, bytes(length * REGISTER))

    # Operands.

    def within(self, *operands):
        for first, size in operands:
            if first + registers_of(size) > self.config["registers"]:
                raise Trap("register")

    def apart(self, result, *operands):
        mine = (result[0], result[0] + registers_of(result[1]))
        for first, size in operands:
            if overlap(mine, (first, first + registers_of(size))):
                raise Trap("overlap")

    def read(self, register, at, size):
        begin = register * REGISTER + at
        return self.registers[begin:begin + size]

    def write(self, register, at, data):
        begin = register * REGISTER + at
        self.registers[begin:begin + len(data)] = data

    def get(self, register, at, form):
        return struct.unpack("<" + form, self.read(register, at, struct.calcsize(form)))[0]

    def put(self, register, at, form, value):
        self.write(register, at, struct.pack("<" + form, value))

    def get_f32(self, register, index):
        return num.f32(self.get(register, 4 * index, "I"))

    def put_float(self, register, index, kind, value):
        form, size = ("H", 2) if kind == "f16" else ("I", 4)
        self.put(register, size * index, form, num.encode(value, kind))

    def check_kind(self, record, m, wanted):
        if self.get(record, 8 * m, "I") not in (0, wanted):
            raise Trap("type")
