//! What RustHDL's syntax tree does not hold, and so only the source can tell:
//! - `0..=7` becomes `0..7`, the last round is dropped;
//! - the guard of a match arm (`State::Idle if x =>`) vanishes;
//! - attributes on statements, such as `#[cfg(…)]`, vanish, and their statements stay.

use std::path::Path;

use syn::visit::{self, Visit};

#[derive(Default)]
struct Source {
    in_update: bool,
    updates: usize,
    findings: Vec<&'static str>,
}

fn is_hdl_gen(attribute: &syn::Attribute) -> bool {
    attribute.path().segments.last().is_some_and(|s| s.ident == "hdl_gen")
}

impl<'ast> Visit<'ast> for Source {
    fn visit_impl_item_fn(&mut self, function: &'ast syn::ImplItemFn) {
        let outside = self.in_update;
        if function.attrs.iter().any(is_hdl_gen) {
            self.updates += 1;
            self.in_update = true;
        }
        visit::visit_block(self, &function.block);
        self.in_update = outside;
    }

    fn visit_expr_range(&mut self, range: &'ast syn::ExprRange) {
        if self.in_update && matches!(range.limits, syn::RangeLimits::Closed(_)) {
            self.findings.push("a range that includes its end");
        }
        visit::visit_expr_range(self, range);
    }

    fn visit_arm(&mut self, arm: &'ast syn::Arm) {
        if self.in_update && arm.guard.is_some() {
            self.findings.push("a guard of a match arm");
        }
        visit::visit_arm(self, arm);
    }

    fn visit_attribute(&mut self, _: &'ast syn::Attribute) {
        if self.in_update {
            self.findings.push("an attribute inside update");
        }
    }

    fn visit_macro(&mut self, mac: &'ast syn::Macro) {
        // What a macro makes cannot be read here, so none may make an update.
        if mac.tokens.to_string().contains("hdl_gen") {
            self.findings.push("a macro that makes an update");
        }
    }
}

fn check(text: &str) -> Source {
    let mut source = Source::default();
    source.visit_file(&syn::parse_file(text).expect("Rust source"));
    source
}

#[test]
fn the_sources_of_every_block_hold_nothing_that_vanishes() {
    let mut folders = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join("src")];
    let mut updates = 0;
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).expect("the sources are there") {
            let path = entry.expect("the sources can be listed").path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|e| e == "rs") {
                let source = check(&std::fs::read_to_string(&path).expect("a source can be read"));
                assert!(source.findings.is_empty(), "{}: {:?}", path.display(), source.findings);
                updates += source.updates;
            }
        }
    }
    assert!(updates > 0, "no update was seen at all");
}

#[test]
fn an_inclusive_range_is_found_in_any_format() {
    let bad = "impl Logic for A { #[hdl_gen] fn update(&mut self) {
        for i in 0..=7 { self.o.next = self.a.val().get_bit(i); } } }";
    let copy = "impl Logic for Z { #[rust_hdl::prelude::hdl_gen]\nfn update( & mut self) {
        if self.on.val() { for
            bird in 3 ..=
            N { self.cells[bird].d.next = self.sky.val(); } } } }";
    let good = "impl A { fn helper() { for i in 0..=7 {} } }
        impl Logic for A { #[hdl_gen] fn update(&mut self) { for i in 0..7 {} } }";
    for text in [bad, copy] {
        assert_eq!(check(text).findings, ["a range that includes its end"]);
    }
    assert!(check(good).findings.is_empty());
}

#[test]
fn a_guard_an_attribute_and_a_macro_are_found() {
    let guard = "impl Logic for A { #[hdl_gen] fn update(&mut self) {
        match self.s.val() { S::A if self.p.val() => {} _ => {} } } }";
    let attribute = "impl Logic for A { #[hdl_gen] fn update(&mut self) {
        #[cfg(debug_assertions)] { } } }";
    let hidden = "macro_rules! m { () => { #[hdl_gen] fn update(&mut self) {} } }";
    assert_eq!(check(guard).findings, ["a guard of a match arm"]);
    assert_eq!(check(attribute).findings, ["an attribute inside update"]);
    assert_eq!(check(hidden).findings, ["a macro that makes an update"]);
}
