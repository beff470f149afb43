//! docs/registers.md is the register map, word for word.

#[test]
fn the_register_map_in_docs_is_that_of_the_source() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/registers.md");
    let document = std::fs::read_to_string(path).unwrap_or_default();
    assert!(
        document == portolan_regs::Markdown.to_string(),
        "docs/registers.md is not the map in hdl/regs; make it again with:\n\
         cargo run -p portolan-hdl -- registers > docs/registers.md"
    );
}
