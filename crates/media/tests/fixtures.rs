//! The videos of `fixtures/videos` are what their presets make, and are recognised and read.

use media::formats::{self, ReadOptions};
use media::presets;

/// `(file or folder, format, preset, segments, rungs)`.
const MADE: [(&str, &str, &str, usize, usize); 3] = [
    ("talk.json", "segue", "cbr,duration=61,segment=4,ladder=mobile", 16, 5),
    ("film.json", "sabre", "vbr,duration=120,segment=3,ladder=230/477/991/2056/6000,seed=7", 40, 5),
    ("six", "pensieve", "vbr,duration=60,seed=7", 15, 6),
];

#[test]
fn presets_make_them_byte_for_byte() {
    let root = fixtures::folder("videos");
    for (name, format, preset, segments, rungs) in MADE {
        let video = presets::generate(preset, 0).expect(preset);
        let format = formats::by_name(format).expect("a known format");
        let written = formats::write(&video, format).expect("writable");
        let path = root.join(name);
        for file in &written.files {
            let path = if format.folder { path.join(&file.name) } else { path.clone() };
            if std::env::var_os("SEGUE_BLESS").is_some() {
                std::fs::create_dir_all(path.parent().expect("a folder")).expect("made");
                std::fs::write(&path, &file.bytes).expect("written");
            }
            assert!(std::fs::read(&path).expect(name) == file.bytes, "{name} is not what {preset} makes");
        }
        let video = formats::read_path(&path, None, &ReadOptions::default()).expect(name);
        assert_eq!((video.segments(), video.ladder().len()), (segments, rungs), "{name}");
    }
}
