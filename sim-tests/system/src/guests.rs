//! The guests: which kernel, which machine, and what is tried in each.

use std::fmt::Write;

/// Whose kernel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kernel {
    /// Debian's, for machines in a cloud.
    Debian,
    /// Ours, with what a guest needs and no more.
    Small,
    /// The same for arm64.
    Arm64,
}

/// What a guest is emulated as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Machine {
    /// A PC.
    X86,
    /// QEMU's `virt`.
    Arm64,
}

impl Kernel {
    /// What boots it.
    pub fn machine(self) -> Machine {
        match self {
            Kernel::Debian | Kernel::Small => Machine::X86,
            Kernel::Arm64 => Machine::Arm64,
        }
    }
}

/// One thing that is tried.
pub struct Step {
    /// Its name in the report.
    pub name: &'static str,
    /// Shell, in which `$BDF` is the card and `$BOARD` its name for the driver.
    pub command: String,
    /// It is to fail, and to say this.
    pub refusal: Option<&'static str>,
}

/// The edges that come to the card's pins.
#[derive(Clone, Copy)]
pub struct Edges {
    /// How many.
    pub count: u64,
    /// Ns from one to the next.
    pub period: u64,
}

/// One guest.
pub struct Guest {
    /// Its name in the report.
    pub name: &'static str,
    /// What it boots.
    pub kernel: Kernel,
    /// There is an IOMMU.
    pub iommu: bool,
    /// More of the kernel's command line. On a busy machine its check of the timer may fail.
    pub options: &'static str,
    /// Modules of Debian's kernel, in the order in which they are loaded.
    pub modules: &'static [&'static str],
    /// Shell that lays the machine out.
    pub setup: &'static str,
    /// `portolan sim serve --top`.
    pub top: &'static str,
    /// The stimulus.
    pub edges: Edges,
    /// What is tried.
    pub steps: Vec<Step>,
}

/// The user and group of the steps that root does not run.
const USER: u32 = 1000;
const GROUP: u32 = 990;

const VFIO_MODULES: &[&str] = &[
    "virt/lib/irqbypass",
    "drivers/vfio/vfio",
    "drivers/vfio/vfio_iommu_type1",
    "drivers/vfio/pci/vfio-pci-core",
    "drivers/vfio/pci/vfio-pci",
];

/// Gives the card to vfio-pci.
const BIND_VFIO: &str = "\
    echo vfio-pci > $CARD/driver_override\n\
    echo $BDF > /sys/bus/pci/drivers_probe\n\
    BOARD=vfio:$BDF\n";

/// The same without an IOMMU, with memory that is one piece.
const BIND_NOIOMMU: &str = "\
    echo 1 > /sys/module/vfio/parameters/enable_unsafe_noiommu_mode\n\
    echo 16 > /proc/sys/vm/nr_hugepages\n\
    echo vfio-pci > $CARD/driver_override\n\
    echo $BDF > /sys/bus/pci/drivers_probe\n\
    BOARD=vfio:$BDF\n";

/// Gives the card to uio_pci_generic.
const BIND_UIO: &str = "\
    echo uio_pci_generic > $CARD/driver_override\n\
    echo $BDF > /sys/bus/pci/drivers_probe\n\
    BOARD=uio:0\n";

/// The card behind a node of the device tree (arm64.dtso): what is done here a boot loader does for a block on AXI.
const BIND_TREE: &str = "\
    echo 1 > $CARD/enable\n\
    printf '\\006' | dd of=$CARD/config bs=1 seek=4 conv=notrunc 2> /dev/null\n\
    BOARD=uio:0\n";

fn step(name: &'static str, command: impl Into<String>) -> Step {
    Step { name, command: command.into(), refusal: None }
}

fn refused(name: &'static str, says: &'static str, command: impl Into<String>) -> Step {
    Step { name, command: command.into(), refusal: Some(says) }
}

/// The steps of a card that reaches memory by VFIO.
fn vfio_steps(edges: Edges) -> Vec<Step> {
    vec![
        step("edges", format!("portolan-guest edges $BOARD --edges {}", edges.count)),
        step("bench", "portolan-guest costs $BOARD --packets 10000"),
        step("rules", "portolan-guest rules $BOARD"),
        step("reset in traffic", "portolan-guest reset $BOARD"),
        step("unmap in traffic", "portolan-guest unmap $BOARD"),
        step("second opener", "portolan-guest held $BOARD"),
    ]
}

/// All of them.
pub fn all() -> Vec<Guest> {
    let many = Edges { count: 100_000, period: 80_000 };
    // A packet that is pulled takes fifteen reads, each of which leaves the guest.
    let pulled = Edges { count: 600, period: 10_000_000 };
    let few = Edges { count: 10_000, period: 200_000 };
    let x86 = |name| Guest {
        name,
        kernel: Kernel::Small,
        iommu: true,
        options: "intel_iommu=on no_timer_check",
        modules: &[],
        setup: BIND_VFIO,
        top: "pcie",
        edges: few,
        steps: Vec::new(),
    };
    let as_user = format!("portolan-guest as-user {USER} {GROUP}");

    let mut group_steps = vfio_steps(many);
    group_steps.insert(0, step("lspci", "parsed"));
    group_steps.extend([
        refused("without rights", "group portolan", format!("{as_user} portolan info --board $BOARD")),
        // As the udev rule does.
        step(
            "rights by the udev rule",
            format!(
                "chown 0:{GROUP} /dev/vfio/[0-9]* && chmod 660 /dev/vfio/[0-9]* && chmod 666 /dev/vfio/vfio"
            ),
        ),
        step("rules, not root", format!("{as_user} portolan-guest rules $BOARD")),
    ]);
    let no_iommu_steps = vec![
        refused("no-IOMMU", "--allow-noiommu", "portolan-guest reset $BOARD"),
        step("edges, allowed", format!("portolan-guest edges $BOARD --allow-noiommu --edges {}", few.count)),
        step("reset in traffic", "portolan-guest reset $BOARD --allow-noiommu"),
        step("second opener", "portolan-guest held $BOARD --allow-noiommu"),
    ];
    let uio_steps = vec![
        step("edges, pulled", format!("portolan-guest edges $BOARD --edges {} --pulled 40", pulled.count)),
        step("rules", "portolan-guest rules $BOARD"),
        step("second opener", "portolan-guest held $BOARD"),
    ];
    let tree_steps = vec![
        step("edges", format!("portolan-guest edges $BOARD --edges {}", few.count)),
        step("bench", "portolan-guest costs $BOARD --packets 10000"),
        step("rules", "portolan-guest rules $BOARD"),
        step("second opener", "portolan-guest held $BOARD"),
    ];
    vec![
        Guest {
            kernel: Kernel::Debian,
            modules: VFIO_MODULES,
            edges: many,
            steps: group_steps,
            ..x86("vfio-group")
        },
        Guest { steps: vfio_steps(few), ..x86("vfio-cdev") },
        Guest {
            iommu: false,
            options: "no_timer_check",
            setup: BIND_NOIOMMU,
            steps: no_iommu_steps,
            ..x86("vfio-noiommu")
        },
        Guest {
            kernel: Kernel::Debian,
            modules: &["drivers/uio/uio", "drivers/uio/uio_pci_generic"],
            iommu: false,
            options: "no_timer_check",
            setup: BIND_UIO,
            edges: pulled,
            steps: uio_steps,
            ..x86("uio-pci")
        },
        Guest {
            name: "uio-arm64",
            kernel: Kernel::Arm64,
            iommu: false,
            options: "uio_pdrv_genirq.of_id=generic-uio",
            modules: &[],
            setup: BIND_TREE,
            top: "axi-rings",
            edges: few,
            steps: tree_steps,
        },
    ]
}

/// What every guest begins with. The card is known by its vendor and its subsystem (regs/src/pci.rs).
const BEGIN: &str = r#"#!/bin/busybox sh
/bin/busybox mkdir -p /proc /sys /dev /tmp /usr/bin /usr/sbin /sbin
/bin/busybox --install -s
export PATH=/bin:/usr/bin:/sbin:/usr/sbin
mount -t proc proc /proc
mount -t sysfs sysfs /sys
mount -t devtmpfs dev /dev
mount -t tmpfs tmp /tmp
chmod 1777 /tmp
echo madvise > /sys/kernel/mm/transparent_hugepage/enabled 2> /dev/null

# step NAME COMMAND: what came of it, on a line of its own.
step() {
    name=$1
    shift
    echo "== $name: $*"
    ( eval "$*" ) > /tmp/out 2>&1
    status=$?
    cat /tmp/out
    echo "@@ $name | $status | $(tail -n 1 /tmp/out)"
}

# refused NAME TEXT COMMAND: it fails and says so.
refused() {
    name=$1 text=$2
    shift 2
    echo "== $name: $*"
    if ( eval "$*" ) > /tmp/out 2>&1; then status=1; else grep -qF -e "$text" /tmp/out; status=$?; fi
    cat /tmp/out
    echo "@@ $name | $status | $(grep -F -e "$text" /tmp/out | head -n 1)"
}

# The card as lspci shows it: the whole of it is understood.
parsed() {
    # It looks for modules that there are none of.
    lspci -vv -s "$BDF" 2>&1 > /tmp/lspci | grep -v libkmod > /tmp/complaints
    cat /tmp/lspci /tmp/complaints
    [ -s /tmp/lspci ] && ! [ -s /tmp/complaints ] &&
        ! grep -E 'unknown|Unknown|<[?]+>|!!!|corrupt|chain|access denied' /tmp/lspci && echo "understood"
}

for CARD in /sys/bus/pci/devices/*; do
    [ "$(cat $CARD/vendor) $(cat $CARD/subsystem_device)" = "VENDOR SUBSYSTEM" ] && break
done
BDF=${CARD##*/}
"#;

impl Guest {
    /// Whether one of its steps takes the stimulus.
    pub fn takes_edges(&self) -> bool {
        self.steps.iter().any(|step| step.command.starts_with("portolan-guest edges"))
    }

    /// The first program of the guest.
    pub fn init(&self) -> String {
        let mut init = BEGIN
            .replace("VENDOR", &format!("{:#06x}", portolan_regs::pci::VENDOR))
            .replace("SUBSYSTEM", &format!("{:#06x}", portolan_regs::pci::SUBSYSTEM));
        for module in self.modules {
            let name = module.rsplit('/').next().unwrap_or(module);
            let _ = writeln!(init, "xzcat /modules/{name}.ko.xz > /tmp/{name}.ko && insmod /tmp/{name}.ko");
        }
        init.push_str(self.setup);
        for Step { name, command, refusal } in &self.steps {
            let (name, command) = (quoted(name), quoted(command));
            let _ = match refusal {
                None => writeln!(init, "step {name} {command}"),
                Some(text) => writeln!(init, "refused {name} {} {command}", quoted(text)),
            };
        }
        init.push_str("echo '@@ end | 0 |'\npoweroff -f\n");
        init
    }
}

/// As a shell takes it for one word.
fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn steps_have_names_of_their_own_by_which_what_came_of_them_is_told() {
        for guest in all() {
            let names: BTreeSet<_> = guest.steps.iter().map(|step| step.name).collect();
            assert_eq!(names.len(), guest.steps.len(), "{}", guest.name);
            // They end at the first bar in a line of the console.
            assert!(names.iter().all(|name| !name.contains('|')), "{}", guest.name);
            assert!(names.iter().all(|name| guest.init().contains(&quoted(name))), "{}", guest.name);
        }
    }

    #[test]
    fn a_text_is_one_word_of_a_shell() {
        assert_eq!(quoted("a $b"), "'a $b'");
        assert_eq!(quoted("it's"), r"'it'\''s'");
    }
}
