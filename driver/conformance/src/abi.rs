//! Zircon's numbers and structures, as cases use them: written from the ABI's tables, not from the library.
#![allow(missing_docs, reason = "the names are Zircon's and say all")]

pub const OK: i32 = 0;
pub const NOT_SUPPORTED: i32 = -2;
pub const NO_MEMORY: i32 = -4;
pub const INVALID_ARGS: i32 = -10;
pub const BAD_HANDLE: i32 = -11;
pub const WRONG_TYPE: i32 = -12;
pub const OUT_OF_RANGE: i32 = -14;
pub const BUFFER_TOO_SMALL: i32 = -15;
pub const BAD_STATE: i32 = -20;
pub const TIMED_OUT: i32 = -21;
pub const SHOULD_WAIT: i32 = -22;
pub const CANCELED: i32 = -23;
pub const PEER_CLOSED: i32 = -24;
pub const NOT_FOUND: i32 = -25;
pub const ALREADY_EXISTS: i32 = -26;
pub const ALREADY_BOUND: i32 = -27;
pub const UNAVAILABLE: i32 = -28;
/// Magenta's.
pub const CALL_FAILED: i32 = -5;
pub const ACCESS_DENIED: i32 = -30;

pub mod right {
    pub const DUPLICATE: u32 = 1;
    pub const TRANSFER: u32 = 1 << 1;
    pub const READ: u32 = 1 << 2;
    pub const WRITE: u32 = 1 << 3;
    pub const SIGNAL: u32 = 1 << 12;
    pub const WAIT: u32 = 1 << 14;
    pub const INSPECT: u32 = 1 << 15;
    pub const SAME: u32 = 1 << 31;
}

pub const READABLE: u32 = 1;
pub const WRITABLE: u32 = 1 << 1;
pub const SIGNALED: u32 = 1 << 3;
pub const PEER: u32 = 1 << 2;
pub const UNTRIGGERED: u32 = 1 << 4;
pub const HANDLE_CLOSED: u32 = 1 << 23;
pub const USER_0: u32 = 1 << 24;
pub const USER_1: u32 = 1 << 25;
pub const USER_2: u32 = 1 << 26;

pub const VIRTUAL: u32 = 0x10;
pub const TO_INTERRUPT: u32 = 1;
pub const BIND: u32 = 0;
pub const UNBIND: u32 = 1;
pub const TIMESTAMP: u32 = 1;
pub const EDGE: u32 = 2;
pub const BOOT_TIMESTAMP: u32 = 4;

pub const PKT_USER: u32 = 0;
pub const PKT_SIGNAL: u32 = 1;
pub const PKT_INTERRUPT: u32 = 7;
/// Magenta's.
pub const PKT_SIGNAL_REP: u32 = 2;

/// MX_PORT_OPT_*.
pub const V1: u32 = 0;
pub const V2: u32 = 1;
/// MX_WAIT_ASYNC_REPEATING.
pub const REPEATING: u32 = 1;
/// MX_PORT_PKT_TYPE_*.
pub const V1_SIGNAL: u32 = 1;
pub const V1_USER: u32 = 2;
/// MX_TIME_INFINITE.
pub const FOR_EVER: u64 = u64::MAX;

pub const BLOCKED_SLEEPING: u32 = 0x203;
pub const BLOCKED_PORT: u32 = 0x403;
pub const BLOCKED_CHANNEL: u32 = 0x503;
pub const BLOCKED_WAIT_ONE: u32 = 0x603;
pub const BLOCKED_WAIT_MANY: u32 = 0x703;
pub const BLOCKED_INTERRUPT: u32 = 0x803;

pub const INFINITE: i64 = i64::MAX;
pub const PAST: i64 = i64::MIN;

/// zx_port_packet_t.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[repr(C)]
pub struct Packet {
    pub key: u64,
    pub kind: u32,
    pub status: i32,
    pub payload: [u64; 4],
}

impl Packet {
    pub fn user(key: u64) -> Packet {
        Packet { key, ..Packet::default() }
    }

    pub fn trigger(&self) -> u32 {
        self.payload[0] as u32
    }

    pub fn observed(&self) -> u32 {
        (self.payload[0] >> 32) as u32
    }

    pub fn count(&self) -> u64 {
        self.payload[1]
    }

    pub fn signal_time(&self) -> i64 {
        self.payload[2] as i64
    }

    pub fn interrupt_time(&self) -> i64 {
        self.payload[0] as i64
    }
}

/// zx_wait_item_t.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[repr(C)]
pub struct WaitItem {
    pub handle: u32,
    pub waitfor: u32,
    pub pending: u32,
}

/// portolan_line_counters_t.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[repr(C)]
pub struct LineCounters {
    pub edges: u64,
    pub delivered: u64,
    pub coalesced: u64,
    pub lost: u64,
    pub discarded: u64,
    pub undelivered: u64,
}

/// zx_channel_call_args_t.
#[derive(Clone, Copy, Debug)]
#[repr(C)]
pub struct CallArgs {
    pub wr_bytes: *const u8,
    pub wr_handles: *const u32,
    pub rd_bytes: *mut u8,
    pub rd_handles: *mut u32,
    pub wr_num_bytes: u32,
    pub wr_num_handles: u32,
    pub rd_num_bytes: u32,
    pub rd_num_handles: u32,
}

/// zx_info_handle_basic_t.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[repr(C)]
pub struct Basic {
    pub koid: u64,
    pub rights: u32,
    pub kind: u32,
    pub related_koid: u64,
    pub reserved: u32,
    pub padding1: [u8; 4],
}

/// zx_info_timer_t.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[repr(C)]
pub struct TimerInfo {
    pub options: u32,
    pub clock_id: u32,
    pub deadline: i64,
    pub slack: i64,
}

/// zx_info_thread_t.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[repr(C)]
pub struct ThreadInfo {
    pub state: u32,
    pub wait_exception_channel_type: u32,
    pub cpu_affinity_mask: [u64; 8],
}

/// zx_policy_basic_v2_t.
#[derive(Clone, Copy, Debug)]
#[repr(C)]
pub struct PolicyV2 {
    pub condition: u32,
    pub action: u32,
    pub flags: u32,
}

/// mx_info_thread_t.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[repr(C)]
pub struct MxThreadInfo {
    pub state: u32,
    pub wait_exception_port_type: u32,
}

/// mx_policy_basic_t.
#[derive(Clone, Copy, Debug)]
#[repr(C)]
pub struct MxPolicy {
    pub condition: u32,
    pub policy: u32,
}

/// zx_policy_timer_slack_t.
#[derive(Clone, Copy, Debug)]
#[repr(C)]
pub struct PolicySlack {
    pub min_slack: i64,
    pub default_mode: u32,
    pub padding1: [u8; 4],
}
