//! A program for the kernel that refuses the system calls by which a builder would make files that
//! a store cannot hold: with the bits for another user or group set, or with extended attributes.

/// One instruction, as `struct sock_filter` has it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in super::super) struct Instruction {
    pub(in super::super) code: u16,
    pub(in super::super) if_true: u8,
    pub(in super::super) if_false: u8,
    pub(in super::super) operand: u32,
}

// Classes, modes and operations of `linux/bpf_common.h`.
const LOAD_WORD: u16 = 0x20;
const AND: u16 = 0x54;
const IF_EQUAL: u16 = 0x15;
const IF_ANY_BIT: u16 = 0x45;
const RETURN: u16 = 0x06;

// Results of `linux/seccomp.h`.
const ALLOW: u32 = 0x7fff_0000;
const KILL: u32 = 0x8000_0000;
const ERROR: u32 = 0x0005_0000;

const NOT_PERMITTED: u32 = 1;
const NOT_SUPPORTED: u32 = 95;

// Where the fields of `struct seccomp_data` are.
const NUMBER: u32 = 0;
const ARCHITECTURE: u32 = 4;
const FIRST_ARGUMENT: u32 = 16;

/// Set-user-id and set-group-id.
const FOREIGN_RIGHTS: u32 = 0o6000;
/// What the numbers of the x32 calls have set.
const X32: u32 = 0x4000_0000;

/// An architecture whose programs the machine runs, with the numbers of its calls.
struct Architecture {
    /// The `AUDIT_ARCH_*` number.
    audit: u32,
    /// A bit that does not tell calls apart.
    ignored: u32,
    /// `chmod`, `fchmod`, … and which argument, from 0, is the mode.
    modes: &'static [(u32, u32)],
    /// `setxattr`, `getxattr`, …
    attributes: &'static [u32],
}

const X86_64: Architecture = Architecture {
    audit: 0xc000_003e,
    ignored: X32,
    modes: &[(90, 1), (91, 1), (268, 2), (452, 2)],
    attributes: &[188, 189, 190, 191, 192, 193, 463, 464],
};
const I386: Architecture = Architecture {
    audit: 0x4000_0003,
    ignored: 0,
    modes: &[(15, 1), (94, 1), (306, 2), (452, 2)],
    attributes: &[226, 227, 228, 229, 230, 231, 463, 464],
};
const AARCH64: Architecture = Architecture {
    audit: 0xc000_00b7,
    ignored: 0,
    modes: &[(52, 1), (53, 2), (452, 2)],
    attributes: &[5, 6, 7, 8, 9, 10, 463, 464],
};
const ARM: Architecture = Architecture {
    audit: 0x4000_0028,
    ignored: 0,
    modes: &[(15, 1), (94, 1), (333, 2), (452, 2)],
    attributes: &[226, 227, 228, 229, 230, 231, 463, 464],
};
const RISCV64: Architecture = Architecture {
    audit: 0xc000_00f3,
    ignored: 0,
    modes: &[(52, 1), (53, 2), (452, 2)],
    attributes: &[5, 6, 7, 8, 9, 10, 463, 464],
};

/// The architectures that this program's machine may run; none where it is not known.
fn architectures() -> &'static [Architecture] {
    match std::env::consts::ARCH {
        "x86_64" => &[X86_64, I386],
        "aarch64" => &[AARCH64, ARM],
        "x86" => &[I386],
        "arm" => &[ARM],
        "riscv64" => &[RISCV64],
        _ => &[],
    }
}

/// The program for this machine; empty where the numbers of its calls are not known.
pub(in super::super) fn program() -> Vec<Instruction> {
    let architectures = architectures();
    if architectures.is_empty() {
        return Vec::new();
    }
    let mut program = vec![plain(LOAD_WORD, ARCHITECTURE)];
    for architecture in architectures {
        let rules = rules(architecture);
        // A jump goes as far as 255; the rules of one architecture are fewer.
        let length = u8::try_from(rules.len()).unwrap_or(u8::MAX);
        program.push(branch(IF_EQUAL, architecture.audit, 0, length));
        program.extend(rules);
    }
    // Calls of an architecture without rules would not be refused.
    program.push(plain(RETURN, KILL));
    program
}

fn rules(architecture: &Architecture) -> Vec<Instruction> {
    let mut rules = vec![plain(LOAD_WORD, NUMBER)];
    if architecture.ignored != 0 {
        rules.push(plain(AND, !architecture.ignored));
    }
    for number in architecture.attributes {
        rules.push(branch(IF_EQUAL, *number, 0, 1));
        rules.push(plain(RETURN, ERROR | NOT_SUPPORTED));
    }
    // On all these machines the low half of an argument comes first.
    for (number, argument) in architecture.modes {
        rules.push(branch(IF_EQUAL, *number, 0, 4));
        rules.push(plain(LOAD_WORD, FIRST_ARGUMENT + 8 * argument));
        rules.push(branch(IF_ANY_BIT, FOREIGN_RIGHTS, 0, 1));
        rules.push(plain(RETURN, ERROR | NOT_PERMITTED));
        rules.push(plain(RETURN, ALLOW));
    }
    rules.push(plain(RETURN, ALLOW));
    rules
}

fn plain(code: u16, operand: u32) -> Instruction {
    branch(code, operand, 0, 0)
}

fn branch(code: u16, operand: u32, if_true: u8, if_false: u8) -> Instruction {
    Instruction {
        code,
        if_true,
        if_false,
        operand,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What the program answers to a call, as the kernel would run it.
    fn run(program: &[Instruction], audit: u32, number: u32, arguments: [u64; 3]) -> u32 {
        let mut data = Vec::new();
        data.extend(number.to_le_bytes());
        data.extend(audit.to_le_bytes());
        data.extend([0; 8]);
        for argument in arguments {
            data.extend(argument.to_le_bytes());
        }
        let (mut counter, mut accumulator) = (0, 0);
        loop {
            let instruction = program[counter];
            let jump = |condition: bool| {
                usize::from(if condition {
                    instruction.if_true
                } else {
                    instruction.if_false
                })
            };
            counter += 1;
            match instruction.code {
                LOAD_WORD => {
                    let at = instruction.operand as usize;
                    let word = data[at..at + 4].try_into().expect("four bytes");
                    accumulator = u32::from_le_bytes(word);
                }
                AND => accumulator &= instruction.operand,
                IF_EQUAL => counter += jump(accumulator == instruction.operand),
                IF_ANY_BIT => counter += jump(accumulator & instruction.operand != 0),
                RETURN => return instruction.operand,
                other => panic!("{other:#x} is no instruction"),
            }
        }
    }

    #[test]
    fn only_what_a_store_cannot_hold_is_refused() {
        let mut program = vec![plain(LOAD_WORD, ARCHITECTURE)];
        for architecture in [&X86_64, &I386, &AARCH64, &ARM, &RISCV64] {
            let rules = rules(architecture);
            assert!(rules.len() < 255);
            program.push(branch(IF_EQUAL, architecture.audit, 0, rules.len() as u8));
            program.extend(rules);
        }
        program.push(plain(RETURN, KILL));
        for architecture in [&X86_64, &I386, &AARCH64, &ARM, &RISCV64] {
            let audit = architecture.audit;
            for (number, argument) in architecture.modes {
                let mut arguments = [u64::MAX; 3];
                for (mode, answer) in [
                    (0o755, ALLOW),
                    (0o1777, ALLOW),
                    (0o4755, ERROR | NOT_PERMITTED),
                    (0o2644, ERROR | NOT_PERMITTED),
                ] {
                    arguments[*argument as usize] = mode;
                    assert_eq!(run(&program, audit, *number, arguments), answer);
                }
            }
            for number in architecture.attributes {
                let answer = run(&program, audit, *number, [0; 3]);
                assert_eq!(answer, ERROR | NOT_SUPPORTED);
            }
            assert_eq!(run(&program, audit, 4000, [u64::MAX; 3]), ALLOW);
        }
        let x32 = run(&program, X86_64.audit, X32 | 90, [0, 0o4755, 0]);
        assert_eq!(x32, ERROR | NOT_PERMITTED);
        assert_eq!(run(&program, 0x1234, 0, [0; 3]), KILL);
    }

    #[test]
    fn this_machine_has_a_program_that_ends() {
        let program = self::program();
        if std::env::consts::ARCH == "x86_64" {
            assert_eq!(run(&program, X86_64.audit, 0, [0; 3]), ALLOW);
        }
        assert_eq!(
            program.last().map(|last| last.code),
            (!program.is_empty()).then_some(RETURN)
        );
    }
}
