//! Equal modules once: RustHDL writes every instance as a module of its own.
//!
//! Of the 416 modules of the default size, 55 differ. Sharing them makes the Verilog one that a person can
//! read, and every tool quicker with it. Works bottom-up on the text, so modules become equal when
//! what they instantiate is. A shared module says how many instances it has.

use std::collections::{HashMap, HashSet};
use std::fmt::Write;

/// Ends of the names of modules that stay single, because tools address them by name.
pub(super) const SINGLE: &[&str] = &[super::TICKS_MODULE];

/// A module as RustHDL writes it.
struct Module<'a> {
    name: &'a str,
    /// From `module` to `endmodule`, without the name after either.
    body: &'a str,
}

/// The same design with every module once. The top comes first, the others in the order of the text.
pub(super) fn share(code: &str) -> String {
    let modules: Vec<Module> = modules(code);
    let index: HashMap<&str, usize> = modules.iter().enumerate().map(|(i, m)| (m.name, i)).collect();
    let mut sharing = Sharing { modules: &modules, index, class: vec![None; modules.len()], classes: vec![] };
    for module in 0..modules.len() {
        sharing.visit(module);
    }
    let Sharing { class: of, classes, .. } = sharing;
    let mut members: Vec<Vec<&Module>> = classes.iter().map(|_| Vec::new()).collect();
    for (module, class) in modules.iter().zip(&of) {
        members[class.expect("every module was visited")].push(module);
    }
    let names = names(&members);
    let mut written = HashSet::new();
    let mut text = String::new();
    for class in of.into_iter().flatten().filter(|class| written.insert(*class)) {
        if members[class].len() > 1 {
            let _ = write!(text, "\n// {} instances.", members[class].len());
        }
        let _ = write!(text, "\nmodule {}", names[class]);
        for (body, instance) in &classes[class].pieces {
            text += body;
            text += instance.map_or("", |instance| &names[instance]);
        }
        let _ = writeln!(text, "endmodule // {}", names[class]);
    }
    text
}

/// A name for each class: that of its only module, or what its modules' names have in common.
fn names(members: &[Vec<&Module>]) -> Vec<String> {
    let mut taken: HashSet<String> =
        members.iter().filter(|of| of.len() == 1).map(|of| of[0].name.to_string()).collect();
    let name = |of: &Vec<&Module>| {
        let first = of[0];
        if of.len() == 1 {
            return first.name.to_string();
        }
        let kind = match first.register_width() {
            Some(width) => format!("{}$register_{width}", first.name.split('$').next().unwrap_or_default()),
            None => first.without_indexes(),
        };
        let name = if taken.contains(&kind) { first.name.to_string() } else { kind };
        taken.insert(name.clone());
        name
    };
    members.iter().map(name).collect()
}

impl Module<'_> {
    /// `a$line$7$b` as `a$line$b`.
    fn without_indexes(&self) -> String {
        let is_index = |part: &&str| part.parse::<usize>().is_ok();
        self.name.split('$').filter(|part| !is_index(part)).collect::<Vec<_>>().join("$")
    }

    /// The width of a RustHDL DFF.
    fn register_width(&self) -> Option<usize> {
        let input = self.body.strip_prefix("(d,q,clock);")?.lines().find(|line| line.ends_with(" d;"))?;
        let Some((_, high)) = input.split_once('[') else { return Some(1) };
        Some(high.split(':').next()?.parse::<usize>().ok()? + 1)
    }
}

/// Takes the text apart.
fn modules(code: &str) -> Vec<Module<'_>> {
    let mut modules = Vec::new();
    let mut rest = code;
    while let Some(begin) = rest.find("\nmodule ").map(|at| at + "\nmodule ".len()) {
        let name = &rest[begin..begin + rest[begin..].find('(').expect("a module has a list of ports")];
        let body = begin + name.len();
        let end = body + rest[body..].find("\nendmodule").expect("a module ends") + 1;
        modules.push(Module { name, body: &rest[body..end] });
        rest = &rest[end..];
    }
    modules
}

/// What a module is, whatever its name.
#[derive(PartialEq)]
struct Shape<'a> {
    /// Text, and after each but the last the class of an instance.
    pieces: Vec<(&'a str, Option<usize>)>,
    /// The module, if it stays single.
    single: Option<&'a str>,
}

struct Sharing<'a> {
    modules: &'a [Module<'a>],
    index: HashMap<&'a str, usize>,
    class: Vec<Option<usize>>,
    classes: Vec<Shape<'a>>,
}

impl<'a> Sharing<'a> {
    /// Finds the module's class, after those of its instances.
    fn visit(&mut self, module: usize) -> usize {
        if let Some(class) = self.class[module] {
            return class;
        }
        let Module { name, body } = self.modules[module];
        let mut pieces = Vec::new();
        let mut begin = 0;
        for line in body.split_inclusive('\n') {
            // `    name instance(`
            let at = line.as_ptr() as usize - body.as_ptr() as usize;
            let Some((word, _)) = line.trim_start().split_once(' ') else { continue };
            if let Some(&child) = self.index.get(word) {
                let word_at = at + line.len() - line.trim_start().len();
                pieces.push((&body[begin..word_at], Some(self.visit(child))));
                begin = word_at + word.len();
            }
        }
        pieces.push((&body[begin..], None));
        let single = SINGLE.iter().any(|end| name.ends_with(end)).then_some(name);
        let shape = Shape { pieces, single };
        let known = self.classes.iter().position(|other| *other == shape);
        let class = known.unwrap_or(self.classes.len());
        if known.is_none() {
            self.classes.push(shape);
        }
        self.class[module] = Some(class);
        class
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Text of a module with one instance of each child.
    fn module(name: &str, ports: &str, children: &[&str]) -> String {
        let instances: String = children.iter().map(|c| format!("    {c} {c}_i(\n    );\n")).collect();
        format!("\nmodule {name}({ports});\n    input wire  [6:0] d;\n{instances}endmodule // {name}\n\n")
    }

    fn names_of(text: &str) -> Vec<&str> {
        modules(text).iter().map(|module| module.name).collect()
    }

    #[test]
    fn equal_modules_become_one_bottom_up() {
        let text = module("t", "x", &["t$a$0", "t$a$1"])
            + &module("t$a$0", "x", &["t$a$0$q"])
            + &module("t$a$0$q", "d,q,clock", &[])
            + &module("t$a$1", "x", &["t$a$1$q"])
            + &module("t$a$1$q", "d,q,clock", &[]);
        // The instances' names differ here, so the two parents do.
        assert_eq!(names_of(&share(&text)), ["t", "t$a$0", "t$register_7", "t$a$1"]);
        let text = text.replace("t$a$0$q_i", "q").replace("t$a$1$q_i", "q");
        let shared = share(&text);
        assert_eq!(names_of(&shared), ["t", "t$a", "t$register_7"]);
        assert!(shared.contains("    t$a t$a$0_i("), "{shared}");
        assert!(shared.contains("// 2 instances.\nmodule t$a(x);"), "{shared}");
        assert!(shared.contains("    t$register_7 q("), "{shared}");
    }

    #[test]
    fn a_module_that_tools_address_stays_single() {
        let ticks = format!("t${}", super::super::TICKS_MODULE);
        let text = module("t", "x", &["t$a", "t$b", &ticks])
            + &module("t$a", "d,q,clock", &[])
            + &module("t$b", "d,q,clock", &[])
            + &module(&ticks, "d,q,clock", &[]);
        assert_eq!(names_of(&share(&text)), ["t", "t$register_7", &ticks]);
    }

    #[test]
    fn modules_that_differ_stay_apart() {
        let text = module("t", "x", &["t$a", "t$b"]) + &module("t$a", "y", &[]) + &module("t$b", "z", &[]);
        assert_eq!(share(&text), text.replace("\n\n", "\n"));
    }
}
