//! Letting other bus masters queue packets: the post window of a port's hardware port.

use std::fmt;
use std::sync::Arc;

use portolan_regs::port;

use super::{Board, BoardInner};
use crate::port::PortInner;
use crate::{Port, Status};

/// A port's window on a board, made by [`Board::attach`]: what is posted there, the port receives. Dropping it closes
/// the window, as far as the port has no other windows or lines on the board: then its hardware port is given back, and what
/// nobody has read is discarded and counted ([`post_discards`](crate::Stats::post_discards)).
///
/// It keeps the board open. It does not keep the port open: when the last clone of that is gone, what comes is discarded.
///
/// A bus master, a DMA engine say or a soft core, posts a packet by writing its twelve words, low first, to
/// [`offset`](Self::offset) and the words behind it, the last one last. It begins with as many credits as
/// [`credits`](Self::credits) says, and gets one back for each pulse of the hardware port's credit output; a packet without
/// credit is refused whole and counted ([`post_drops`](crate::Stats::post_drops)).
pub struct PostWindow {
    board: Arc<BoardInner>,
    port: Arc<PortInner>,
    lane: u32,
}

impl Board {
    /// Gives a port a hardware port of its own, to which other bus masters post user packets for it. They arrive behind
    /// all interrupts, in their order, among those that programs queue in the order in which the driver accepts them;
    /// key, status and payload are kept, the type becomes USER (D2). A port whose lines have a hardware port already gets
    /// the window of that one.
    ///
    /// NO_RESOURCES when all hardware ports are taken; BAD_STATE when the port's lines share one, because all were taken
    /// when they were bound; NOT_SUPPORTED on a board without post windows; IO when the board is gone.
    ///
    /// ```
    /// use portolan::{Board, Deadline, Packet, Port, PortOptions, Status};
    ///
    /// /// `start` tells the engine where to write its packets to, and how many it may write.
    /// fn receive(board: &Board, start: impl Fn(u32, u32)) -> Result<Packet, Status> {
    ///     let port = Port::new(PortOptions::default());
    ///     let window = board.attach(&port)?;
    ///     start(window.offset(), window.credits()?);
    ///     port.wait(Deadline::INFINITE)
    /// }
    /// ```
    pub fn attach(&self, port: &Port) -> Result<PostWindow, Status> {
        if !self.inner.info.post {
            return Err(Status::NOT_SUPPORTED);
        }
        let lane = self.inner.outcome(self.inner.attach_window(&port.inner))??;
        Ok(PostWindow { board: self.inner.clone(), port: port.inner.clone(), lane })
    }
}

impl PostWindow {
    /// The hardware port, from 1 on: the number of its credit output.
    pub fn hardware_port(&self) -> u32 {
        self.lane
    }

    /// Where the window is, in bytes from the start of the block's registers.
    pub fn offset(&self) -> u32 {
        self.board.registers.page(self.lane, port::POST)
    }

    /// How many more packets can be posted now. IO when the board is gone.
    pub fn credits(&self) -> Result<u32, Status> {
        let credits = self.board.registers.live_page(self.lane, port::POST_CREDITS);
        self.board.outcome(credits.map(|word| port::POST_CREDITS::COUNT.get(word)))
    }
}

impl Drop for PostWindow {
    fn drop(&mut self) {
        // A board that is gone has told the port.
        let _ = self.board.outcome(self.board.detach(&self.port));
    }
}

impl fmt::Debug for PostWindow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PostWindow({} of {})", self.lane, self.board.info.name)
    }
}
