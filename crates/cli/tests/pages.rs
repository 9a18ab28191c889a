//! The commands on the pages of the formats do what they say, on the examples of the pages.

mod common;

use std::path::Path;

use common::Bench;

#[test]
fn the_commands_of_every_page_work() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/formats");
    let mut commands = 0;
    for name in common::names(&folder) {
        let page = std::fs::read_to_string(folder.join(&name)).expect("readable");
        let Some((_, example)) = page.split_once("\n## Example\n") else { continue };
        let bench = Bench::new();
        for block in example.split("\n```text ").skip(1) {
            let (file, rest) = block.split_once('\n').expect("a name");
            let (text, _) = rest.split_once("\n```").expect("an end");
            bench.put(file, format!("{text}\n"));
        }
        let lines = example.lines().filter_map(|l| l.strip_prefix("segue "));
        for line in lines {
            let ran = bench.run(line);
            assert_eq!(ran.code, 0, "{name}: segue {line}\n{}{}", ran.out, ran.err);
            commands += 1;
        }
    }
    assert!(commands >= 3 * netmodel::formats::all().len(), "{commands} commands");
}
