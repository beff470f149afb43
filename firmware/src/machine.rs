//! What the firmware stands on: the block's registers, a serial line, a clock and a watchdog.

/// The block has answered an access with an error, or is not there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BusError;

/// A board, or what a test puts in its place.
pub trait Machine {
    /// Reads the block's register at this offset in bytes.
    fn read(&mut self, offset: u32) -> Result<u32, BusError>;
    /// Writes the block's register at this offset; done on return.
    fn write(&mut self, offset: u32, value: u32) -> Result<(), BusError>;
    /// The next byte that came on the line.
    fn receive(&mut self) -> Option<u8>;
    /// Puts a byte on the line; false when there is no room for it now.
    fn transmit(&mut self, byte: u8) -> bool;
    /// Microseconds since the start.
    fn now(&mut self) -> u64;
    /// Tells the watchdog that the firmware lives.
    fn alive(&mut self);
}
