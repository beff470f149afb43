//! The modules of a design with their signals, as RustHDL's own Verilog generator collects them.

use std::collections::BTreeMap;

use rust_hdl::core::ast::VerilogBlock;
use rust_hdl::core::type_descriptor::{TypeDescriptor, TypeKind};
use rust_hdl::prelude::{Atom, AtomKind, Block, NamedPath, Probe, Verilog, clog2};

/// What a signal is to the module that names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    Input,
    Output,
    Local,
    Constant,
    /// An input of a sub-block: written here.
    ChildInput,
    /// An output of a sub-block: read here.
    ChildOutput,
}

impl Role {
    /// Written in the module's `update`, and so in its one `always` block.
    pub(super) fn is_driven_here(self) -> bool {
        matches!(self, Role::Output | Role::Local | Role::ChildInput)
    }
}

/// A signal of a module.
#[derive(Clone, Copy, Debug)]
pub(super) struct Signal {
    pub(super) role: Role,
    pub(super) width: usize,
    pub(super) signed: bool,
}

/// A module of the design.
#[derive(Default)]
pub(super) struct Module {
    /// `top.block.line`.
    pub(super) path: String,
    /// By their names in this module's Verilog: `ready`, `child$q`.
    pub(super) signals: BTreeMap<String, Signal>,
    /// Enumerators, `State$Idle`, with the width of their type.
    pub(super) enumerators: BTreeMap<String, usize>,
    /// Names of the instances inside.
    pub(super) instances: Vec<String>,
    /// What `update` became; none for a module of custom Verilog.
    pub(super) code: Option<VerilogBlock>,
}

#[derive(Default)]
struct Collector {
    /// Modules that are open, outermost first; the first one is the world around the top.
    open: Vec<Module>,
    names: Vec<String>,
    namespace: NamedPath,
    done: Vec<Module>,
}

impl Module {
    fn add_enumerators(&mut self, descriptor: &TypeDescriptor) {
        match &descriptor.kind {
            TypeKind::Enum(names) => {
                let width = clog2(names.len());
                self.enumerators.extend(names.iter().map(|n| (n.replace("::", "$"), width)));
            }
            TypeKind::Composite(fields) => fields.iter().for_each(|f| self.add_enumerators(&f.kind)),
            TypeKind::Bits(_) | TypeKind::Signed(_) => {}
        }
    }
}

impl Probe for Collector {
    fn visit_start_scope(&mut self, name: &str, node: &dyn Block) {
        self.namespace.reset();
        let parent = self.open.last_mut().expect("the world is open");
        parent.instances.push(name.into());
        let path = if parent.path.is_empty() { name.into() } else { format!("{}.{name}", parent.path) };
        let code = match node.hdl() {
            Verilog::Combinatorial(code) => Some(code),
            // A block whose `hdl_gen` was forgotten: a module that drives nothing.
            Verilog::Empty => Some(vec![]),
            Verilog::Custom(_) | Verilog::Blackbox(_) | Verilog::Wrapper(_) => None,
        };
        self.open.push(Module { path, code, ..Module::default() });
        self.names.push(name.into());
    }

    fn visit_start_namespace(&mut self, name: &str, _node: &dyn Block) {
        self.namespace.push(name);
    }

    fn visit_end_namespace(&mut self, _name: &str, _node: &dyn Block) {
        self.namespace.pop();
    }

    fn visit_atom(&mut self, name: &str, atom: &dyn Atom) {
        let name = if self.namespace.is_empty() {
            name.to_owned()
        } else {
            format!("{}${name}", self.namespace.flat("$"))
        };
        let (own, outside) = match atom.kind() {
            AtomKind::InputParameter => (Role::Input, Some(Role::ChildInput)),
            AtomKind::OutputParameter | AtomKind::OutputPassthrough | AtomKind::InOutParameter => {
                (Role::Output, Some(Role::ChildOutput))
            }
            AtomKind::Constant => (Role::Constant, None),
            AtomKind::LocalSignal | AtomKind::StubInputSignal | AtomKind::StubOutputSignal => {
                (Role::Local, None)
            }
        };
        let descriptor = atom.descriptor();
        let signed = matches!(descriptor.kind, TypeKind::Signed(_));
        let signal = |role| Signal { role, width: atom.bits(), signed };
        let here = self.open.len() - 1;
        self.open[here].signals.insert(name.clone(), signal(own));
        self.open[here].add_enumerators(&descriptor);
        self.open[here - 1].add_enumerators(&descriptor);
        if let (Some(role), Some(instance)) = (outside, self.names.last()) {
            self.open[here - 1].signals.insert(format!("{instance}${name}"), signal(role));
        }
    }

    fn visit_end_scope(&mut self, _name: &str, _node: &dyn Block) {
        self.names.pop();
        self.done.extend(self.open.pop());
    }
}

/// All modules of a design, inner ones first.
pub(super) fn modules(top: &str, block: &dyn Block) -> Vec<Module> {
    let mut collector = Collector { open: vec![Module::default()], ..Collector::default() };
    block.accept(top, &mut collector);
    collector.done
}
