//! Our TLPs and cocotbext-pcie's: what one packs the other unpacks, and both refuse the same.

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Stdio};

use portolan_sim::pcie::tlp::{Attributes, Completion, Operation, Request, Status, Tlp};
use portolan_sim::raw::seed;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde_json::{Value, json};

use crate::environment::{HERE, python};

const ROUNDS: u64 = 2_000;

/// packets.py behind its pipes.
struct Theirs {
    child: Child,
    to: ChildStdin,
    from: BufReader<ChildStdout>,
}

/// What they make of doublewords, or make themselves.
struct Answer {
    fields: Value,
    words: Vec<u32>,
    /// What their `check` has against it.
    check: String,
}

impl Theirs {
    fn start() -> Option<Theirs> {
        let mut python = python()?;
        python.arg(Path::new(HERE).join("packets.py")).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = python.spawn().expect("Python starts");
        let to = child.stdin.take().expect("it is a pipe");
        let from = BufReader::new(child.stdout.take().expect("it is a pipe"));
        Some(Theirs { child, to, from })
    }

    fn ask(&mut self, question: &Value) -> Result<Answer, String> {
        writeln!(self.to, "{question}").expect("packets.py reads");
        let mut line = String::new();
        let read = self.from.read_line(&mut line).expect("text");
        assert!(read > 0, "packets.py has ended at {question}");
        let mut answer: Value = serde_json::from_str(&line).expect("JSON");
        if let Some(why) = answer.get("refused") {
            return Err(why.as_str().expect("a text").to_owned());
        }
        let words = serde_json::from_value(answer["words"].take()).expect("doublewords");
        let check = answer["check"].as_str().expect("a text").to_owned();
        Ok(Answer { fields: answer["fields"].take(), words, check })
    }

    fn unpack(&mut self, words: &[u32]) -> Result<Answer, String> {
        self.ask(&json!({ "unpack": words }))
    }

    fn end(mut self) {
        drop(self.to);
        assert!(self.child.wait().expect("it was started").success());
    }
}

/// A TLP of ours in their words: names of `TlpType`, fields of `Tlp`.
fn fields(tlp: &Tlp) -> Value {
    let bytes = |data: &[u32]| -> String {
        data.iter().flat_map(|word| word.to_le_bytes()).map(|byte| format!("{byte:02x}")).collect()
    };
    match tlp {
        Tlp::Request(request) => {
            let kind = match request.operation {
                Operation::Read => "MEM_READ",
                Operation::LockedRead => "MEM_READ_LOCKED",
                Operation::Write => "MEM_WRITE",
                Operation::IoRead => "IO_READ",
                Operation::IoWrite => "IO_WRITE",
            };
            json!({
                "kind": format!("{kind}{}", if request.wide { "_64" } else { "" }),
                "tc": request.attributes.class, "attr": request.attributes.bits,
                "length": request.words, "tag": request.tag, "requester": request.requester,
                "poisoned": request.poisoned, "data": bytes(&request.data), "extra": [],
                "first": request.first_enable, "last": request.last_enable, "address": request.address,
            })
        }
        Tlp::Completion(completion) => {
            let data = if completion.data.is_empty() { "" } else { "_DATA" };
            let status = match completion.status {
                Status::Successful => 0,
                Status::Unsupported => 1,
                Status::Abort => 4,
            };
            json!({
                "kind": format!("CPL{}{data}", if completion.locked { "_LOCKED" } else { "" }),
                "tc": completion.attributes.class, "attr": completion.attributes.bits,
                "length": completion.data.len(), "tag": completion.tag, "requester": completion.requester,
                "poisoned": false, "data": bytes(&completion.data), "extra": [],
                "completer": completion.completer, "status": status, "byte_count": completion.byte_count,
                "lower_address": completion.lower_address,
            })
        }
    }
}

/// A random TLP that keeps the rules.
fn random_tlp(random: &mut ChaCha8Rng) -> Tlp {
    let longest = [1u16, 2, 8, 64, 1024][random.random_range(0..5)];
    let attributes = Attributes { class: random.random_range(0..8), bits: random.random_range(0..8) };
    let (requester, tag) = (random.random(), random.random());
    if random.random_range(0..3) == 0 {
        let lower_address = random.random_range(0..128);
        let count = if random.random() { random.random_range(1..=longest) } else { 0 };
        let status = match count {
            0 => [Status::Successful, Status::Unsupported, Status::Abort][random.random_range(0..3)],
            _ => Status::Successful,
        };
        // All bytes of the doublewords but those before the first one and up to three behind the last one.
        let least = (4 * count).saturating_sub(3 + u16::from(lower_address) % 4).max(1);
        return Tlp::Completion(Completion {
            completer: random.random(),
            status,
            byte_count: random.random_range(least..=4096),
            requester,
            tag,
            lower_address,
            attributes,
            locked: random.random(),
            data: (0..count).map(|_| random.random()).collect(),
        });
    }
    let operation = [
        Operation::Read,
        Operation::LockedRead,
        Operation::Write,
        Operation::Write,
        Operation::IoRead,
        Operation::IoWrite,
    ][random.random_range(0..6)];
    let is_io = matches!(operation, Operation::IoRead | Operation::IoWrite);
    let wide = !is_io && random.random();
    let words = if is_io { 1 } else { random.random_range(1..=longest) };
    // In one page of 4 KiB.
    let within = 4 * random.random_range(0..=1024 - u64::from(words));
    let above = if wide { random.random_range(1..1u64 << 32) << 32 } else { 0 };
    let writes = matches!(operation, Operation::Write | Operation::IoWrite);
    Tlp::Request(Request {
        operation,
        address: above | u64::from(random.random_range(0..1u32 << 20)) << 12 | within,
        wide,
        words,
        first_enable: random.random_range(0..16),
        last_enable: if words == 1 { 0 } else { random.random_range(1..16) },
        requester,
        tag,
        attributes,
        poisoned: random.random_range(0..8) == 0,
        data: (0..if writes { words } else { 0 }).map(|_| random.random()).collect(),
    })
}

#[test]
fn what_we_pack_they_unpack_and_find_nothing_wrong_with() {
    let Some(mut theirs) = Theirs::start() else { return };
    let mut random = ChaCha8Rng::seed_from_u64(seed(1));
    for _ in 0..ROUNDS {
        let tlp = random_tlp(&mut random);
        let words = tlp.encode();
        let answer = theirs.unpack(&words).unwrap_or_else(|why| panic!("{why}: {tlp:x?}"));
        assert_eq!(answer.fields, fields(&tlp));
        assert_eq!(answer.words, words, "packed again: {tlp:x?}");
        assert_eq!(answer.check, "", "{tlp:x?}");
    }
    theirs.end();
}

#[test]
fn what_they_pack_we_unpack() {
    let Some(mut theirs) = Theirs::start() else { return };
    let seed = seed(1);
    for round in 0..ROUNDS {
        let made = theirs.ask(&json!({ "make": 1_000_000 * seed + round })).expect("a TLP");
        assert_eq!(made.check, "", "they find nothing wrong with their own");
        let tlp = Tlp::decode(&made.words).unwrap_or_else(|error| panic!("{error}: {}", made.fields));
        assert_eq!(fields(&tlp), made.fields);
        assert_eq!(tlp.encode(), made.words, "packed again: {tlp:x?}");
    }
    theirs.end();
}

/// What our `decode` refuses and their `unpack` does not: more than we need to understand, or reserved bits, which
/// they ignore.
const STRICTER: &[&str] = &[
    "an unknown type",
    "an unknown status",
    "a reserved bit, TH, TD or AT is set",
    "a reserved bit is set",
    "a reserved bit of the address is set",
    "four doublewords of header below 4 GiB",
    "a poisoned completion",
    "BCM is for PCI-X bridges",
];

/// Holds both against each other over doublewords that may be anything; whether both took them for a TLP.
fn compare(theirs: &mut Theirs, words: &[u32]) -> bool {
    match (Tlp::decode(words), theirs.unpack(words)) {
        (Ok(tlp), Err(why)) => panic!("they refuse ({why}) what we do not: {tlp:x?}"),
        (Ok(tlp), Ok(answer)) => {
            assert_eq!(answer.fields, fields(&tlp));
            assert_eq!(answer.words, words);
            // Two rules are left to who knows the whole request: our `checker` does.
            let broken = match &tlp {
                Tlp::Request(Request { operation: Operation::IoRead | Operation::IoWrite, .. }) => "",
                Tlp::Request(request) if request.address % 4096 + 4 * u64::from(request.words) > 4096 => {
                    "request crosses 4K boundary"
                }
                Tlp::Completion(Completion { byte_count, lower_address, data, .. })
                    if usize::from(*byte_count) + usize::from(lower_address & 3) + 3 < 4 * data.len() =>
                {
                    "completion byte count too small"
                }
                _ => "",
            };
            let told = answer.check.contains(broken) && answer.check.is_empty() == broken.is_empty();
            assert!(told, "{:?} should say {broken:?}: {tlp:x?}", answer.check);
            true
        }
        (Err(error), Ok(answer)) => {
            // A header without payload they take, and ignore what comes after it.
            let ignored =
                answer.words.len() < words.len() && error.what == "Length is not that of the payload";
            let known = ignored || !answer.check.is_empty() || STRICTER.contains(&error.what);
            assert!(known, "we refuse what they do not, {}: {error}", answer.fields);
            false
        }
        (Err(_), Err(_)) => false,
    }
}

#[test]
fn of_every_format_and_type_we_take_none_that_they_refuse() {
    let Some(mut theirs) = Theirs::start() else { return };
    let mut taken = 0;
    for kind in 0..=255u32 {
        let (wide, has_data) = (kind >> 5 & 1 != 0, kind >> 6 & 1 != 0);
        // The Length of a completion without data is reserved.
        let length = u32::from(has_data || kind >> 1 & 15 != 5);
        let mut words = vec![kind << 24 | length, 0x0100_000f, 0x0000_1000];
        if wide {
            words.push(0x0000_2000);
        }
        if has_data {
            words.push(0x0102_0304);
        }
        taken += u32::from(compare(&mut theirs, &words));
    }
    // Memory reads, locked or not, and writes, with both headers; I/O; completions, locked or not, with data or not.
    assert_eq!(taken, 6 + 2 + 4);
    theirs.end();
}

#[test]
fn a_tlp_with_any_one_bit_of_its_header_changed_means_the_same_to_both() {
    let Some(mut theirs) = Theirs::start() else { return };
    let mut random = ChaCha8Rng::seed_from_u64(seed(2));
    let (mut taken, mut refused) = (0, 0);
    for _ in 0..40 {
        let words = loop {
            let words = random_tlp(&mut random).encode();
            if words.len() < 24 {
                break words;
            }
        };
        let header = if words[0] >> 29 & 1 != 0 { 128 } else { 96 };
        for bit in 0..header {
            let mut changed = words.clone();
            changed[bit / 32] ^= 1 << (bit % 32);
            *if compare(&mut theirs, &changed) { &mut taken } else { &mut refused } += 1;
        }
        // Cut short, or with a doubleword too much.
        for end in 0..words.len() {
            refused += usize::from(!compare(&mut theirs, &words[..end]));
        }
        let longer = [&words[..], &[0]].concat();
        assert!(!compare(&mut theirs, &longer), "{words:08x?}");
    }
    assert!(taken > 2_000 && refused > 500, "{taken} taken, {refused} refused");
    theirs.end();
}

#[test]
fn what_they_refuse_we_refuse() {
    let Some(mut theirs) = Theirs::start() else { return };
    let read = [0x0000_0001, 0x0100_000f, 0x0000_1000];
    let completion = [0x4a00_0001, 0x0200_0004, 0x0100_0000, 0x0102_0304];
    let mut both = |words: &[u32], theirs_say: &str, ours_say: &str| {
        let said = match theirs.unpack(words) {
            Ok(answer) => answer.check,
            Err(why) => why,
        };
        assert!(said.contains(theirs_say) && !said.is_empty(), "{said:?} should say {theirs_say:?}");
        let error = Tlp::decode(words).expect_err("we must refuse it, too");
        assert!(error.to_string().contains(ours_say), "{error}");
    };
    let change = |words: &[u32], at: usize, word: u32| {
        let mut changed = words.to_vec();
        changed[at] = word;
        changed
    };
    both(&read[..2], "requires a buffer", "shorter than a header");
    both(&change(&read, 0, 0x2000_0001), "requires a buffer", "shorter than its header");
    both(&completion[..3], "length field does not match data", "Length is not that of the payload");
    both(
        &[&completion[..], &[0]].concat(),
        "length field does not match data",
        "Length is not that of the payload",
    );
    both(
        &change(&completion, 0, 0x0a00_0001)[..3],
        "length field is reserved",
        "Length without data is reserved",
    );
    both(&change(&completion, 1, 0x0200_6004), "not a valid CplStatus", "an unknown status");
    both(&change(&read, 0, 0x0000_0c01), "not a valid TlpAt", "AT is set");
    both(&change(&read, 0, 0x0300_0001), "not a valid TlpType", "an unknown type");
    both(&change(&read, 0, 0xe000_0001), "not a valid TlpType", "a reserved format");
    theirs.end();
}
