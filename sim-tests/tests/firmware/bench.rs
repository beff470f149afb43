//! The block, the server, the line and the host.

use std::collections::VecDeque;

use portolan_firmware::{BusError, Machine, Server};
use portolan_proto::{
    Answer, Boot, Class, Event, Host, InterruptPacket, LONGEST, Operation, Phase, Refusal, Request,
    UserPacket,
};
use portolan_sim::Size;
use portolan_sim::raw::Raw;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// Cycles of a byte: ten bits of eight.
const BYTE: u64 = 80;
/// Bytes that the transmitter keeps.
const KEPT: usize = portolan_regs::soc::LINE_BYTES as usize;

/// What the server stands on.
pub struct Rtl {
    pub raw: Raw,
    to_board: VecDeque<u8>,
    to_host: VecDeque<u8>,
}

impl Machine for Rtl {
    fn read(&mut self, offset: u32) -> Result<u32, BusError> {
        self.raw.try_read(offset).map_err(|_| BusError)
    }
    fn write(&mut self, offset: u32, value: u32) -> Result<(), BusError> {
        self.raw.try_write(offset, value, 15).map_err(|_| BusError)
    }
    fn receive(&mut self) -> Option<u8> {
        self.to_board.pop_front()
    }
    fn transmit(&mut self, byte: u8) -> bool {
        let room = self.to_host.len() < KEPT;
        if room {
            self.to_host.push_back(byte);
        }
        room
    }
    fn now(&mut self) -> u64 {
        self.raw.sim.tick() / 100
    }
    fn alive(&mut self) {}
}

pub struct Bench {
    pub rtl: Rtl,
    pub server: Server,
    pub host: Host,
    /// The frame that the host is sending.
    sending: VecDeque<u8>,
    random: ChaCha8Rng,
    /// How many of a million bytes are replaced by others, both ways.
    pub damaged: u32,
    /// Packets that came, with their ports.
    pub interrupts: Vec<(u8, InterruptPacket)>,
    pub users: Vec<(u8, UserPacket)>,
    answers: VecDeque<(u8, Result<Answer, Refusal>)>,
    tag: u8,
}

impl Bench {
    /// With a session.
    pub fn open() -> Bench {
        let mut rtl =
            Rtl { raw: Raw::open(Size::L16P4), to_board: VecDeque::new(), to_host: VecDeque::new() };
        let server = Server::new(&mut rtl, Boot::default());
        let mut bench = Bench {
            rtl,
            server,
            host: Host::new(77),
            sending: VecDeque::new(),
            random: ChaCha8Rng::seed_from_u64(3),
            damaged: 0,
            interrupts: Vec::new(),
            users: Vec::new(),
            answers: VecDeque::new(),
            tag: 0,
        };
        bench.until("the session begins", |bench| matches!(bench.host.phase(), Phase::Open(_)));
        bench
    }

    /// One byte's time.
    pub fn step(&mut self) {
        let now = self.rtl.now();
        if self.sending.is_empty() {
            let mut frame = [0; LONGEST];
            let length = self.host.transmit(now, &mut frame);
            self.sending.extend(&frame[..length]);
        }
        if let Some(byte) = self.sending.pop_front() {
            let byte = self.damage(byte);
            self.rtl.to_board.push_back(byte);
        }
        if let Some(byte) = self.rtl.to_host.pop_front() {
            let byte = self.damage(byte);
            self.host.receive(byte, now);
        }
        while let Some(event) = self.host.event(now) {
            match event {
                Event::Answer { tag, result } => self.answers.push_back((tag, result)),
                Event::Interrupt { port, packet } => self.interrupts.push((port, packet)),
                Event::User { port, packet } => self.users.push((port, packet)),
            }
        }
        self.server.turn(&mut self.rtl);
        let end = self.rtl.raw.sim.tick().max(now * 100 + BYTE);
        self.rtl.raw.run(end - self.rtl.raw.sim.tick());
    }

    fn damage(&mut self, byte: u8) -> u8 {
        if self.random.random_range(0..1_000_000) < self.damaged { self.random.random() } else { byte }
    }

    pub fn until(&mut self, what: &str, mut condition: impl FnMut(&mut Bench) -> bool) {
        let limit = self.rtl.raw.sim.tick() + 2_000_000_000;
        while !condition(self) {
            assert!(self.rtl.raw.sim.tick() < limit, "in vain: {what}");
            self.step();
        }
    }

    /// Sends a request; it will be answered with that tag, or not at all.
    pub fn send(&mut self, tag: u8, operation: Operation) {
        self.until("there is room for a request", |bench| bench.host.room() > 0);
        assert!(self.host.request(&Request { tag, operation }));
    }

    /// Asks, and gives the answer.
    pub fn ask(&mut self, operation: Operation) -> Result<Answer, Refusal> {
        self.tag = self.tag % 255 + 1;
        let tag = self.tag;
        self.send(tag, operation);
        self.until("the answer comes", |bench| !bench.answers.is_empty());
        let (answered, result) = self.answers.pop_front().expect("it has come");
        assert_eq!(answered, tag, "{operation:?}");
        result
    }

    /// Asks for what is done without fail.
    #[track_caller]
    pub fn do_(&mut self, operation: Operation) -> Answer {
        self.ask(operation).unwrap_or_else(|refusal| panic!("{operation:?}: {refusal:?}"))
    }

    /// Creates the port's stream, with so many credits.
    pub fn create(&mut self, port: u8, interrupts: u16, users: u16) {
        self.do_(Operation::Create { port });
        for (class, credits) in [(Class::Interrupt, interrupts), (Class::User, users)] {
            self.do_(Operation::Wait { port, class, credits });
        }
    }

    /// Lets so many cycles pass.
    pub fn pass(&mut self, cycles: u64) {
        let end = self.rtl.raw.sim.tick() + cycles;
        while self.rtl.raw.sim.tick() < end {
            self.step();
        }
    }
}
