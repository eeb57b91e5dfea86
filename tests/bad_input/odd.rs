//! Unusual things in the place of a file: folders that turn back, archives, bombs, keys.

use std::io::Write;
use std::os::unix::fs::symlink;

use flate2::Compression;
use flate2::write::GzEncoder;
use libtest_mimic::{Failed, Trial};

use super::{batches, gzip};
use crate::program::{Folder, Said, holds, same, trial};
use crate::sad::{file, row};

pub fn trials() -> Vec<Trial> {
    vec![
        trial("bad_input::folder_that_turns_back_is_read_once", turning_back),
        trial("bad_input::empty_folder_is_nothing_to_read", empty_folder),
        trial("bad_input::pipe_or_device_is_refused_and_not_waited_for", pipe),
        trial("bad_input::packed_file_under_another_name_is_told", packed),
        trial("bad_input::bomb_of_zeros_is_refused_at_its_start", bomb),
        trial("bad_input::element_of_many_attributes_is_refused", attributes),
        trial("bad_input::what_is_no_header_is_not_shown", no_header),
        trial("bad_input::impossible_number_of_threads_is_refused", threads),
        trial("bad_input::control_characters_are_not_printed", control_characters),
        trial("bad_input::control_characters_of_a_name_are_not_printed", name_of_control_characters),
        trial("bad_input::file_packed_twice_is_told", packed_twice),
        trial("bad_input::configuration_that_is_not_utf_8_is_told", configuration),
        trial("bad_input::file_without_header_is_sniffed_and_not_shown", sniffed),
    ]
}

fn ingest(folder: &Folder, form: &str, path: &str, code: i32) -> Result<Said, Failed> {
    folder.run(&["ingest", "--form", form, path], code)
}

fn turning_back() -> Result<(), Failed> {
    let folder = Folder::new("az")?;
    let place = folder.path().join("inbox");
    std::fs::create_dir(place.join("deep"))?;
    std::fs::write(place.join("deep/a.csv"), file(&[row(&[])]))?;
    symlink("..", place.join("deep/up"))?;
    symlink(&place, place.join("self"))?;
    ingest(&folder, "sad_csv", &place.display().to_string(), 0)?;
    same("items", folder.query("select count(*) from item")?, vec!["1".to_string()])
}

fn empty_folder() -> Result<(), Failed> {
    let folder = Folder::new("az")?;
    let place = folder.path().join("empty.csv");
    std::fs::create_dir(&place)?;
    std::fs::write(place.join(".hidden"), "x")?;
    let said = ingest(&folder, "sad_csv", &place.display().to_string(), 3)?;
    holds(&said.stderr, &["empty.csv", "holds no files"])
}

fn pipe() -> Result<(), Failed> {
    let folder = Folder::new("az")?;
    let fifo = folder.path().join("queue.csv").display().to_string();
    same("a pipe was made", std::process::Command::new("mkfifo").arg(&fifo).status()?.success(), true)?;
    let sound = folder.put("sound.csv", file(&[row(&[])]))?;
    for odd in [fifo.as_str(), "/dev/null"] {
        for form in ["sad_csv", "asycuda_xml", "comtrade_json"] {
            holds(&ingest(&folder, form, odd, 3)?.stderr, &[odd, "no regular file"])?;
        }
        holds(&folder.run(&["ingest", "--form", "sad_csv", "--control", odd, &sound], 3)?.stderr, &[odd, "no regular file"])?;
    }
    same("batches", batches(&folder), 0)?;
    // Among several files it stops none of the others.
    folder.run(&["ingest", "--form", "sad_csv", &fifo, &sound], 3)?;
    same("items", folder.query("select count(*) from item")?, vec!["1".to_string()])
}

fn packed() -> Result<(), Failed> {
    let folder = Folder::new("az")?;
    let text = file(&[row(&[])]);
    let zstd = zstd::encode_all(text.as_bytes(), 3)?;
    for (name, bytes, says) in [
        ("a.csv", gzip(text.as_bytes()), "compressed by gzip"),
        ("b.csv", zstd.clone(), "compressed by zstd"),
        ("c.zip", b"PK\x03\x04rest".to_vec(), "a ZIP archive"),
        ("d.csv.gz", b"PK\x03\x04rest".to_vec(), "a ZIP archive"),
        ("e.csv.zst", b"PK\x03\x04rest".to_vec(), "a ZIP archive"),
        ("f.csv.gz", zstd, "compressed by zstd"),
        ("g.csv.zst", gzip(text.as_bytes()), "compressed by gzip"),
    ] {
        let path = folder.put(name, bytes)?;
        for form in ["sad_csv", "asycuda_xml", "comtrade_json"] {
            holds(
                &ingest(&folder, form, &path, 3)?.stderr,
                &[name, says, "unpack it first\n", "hint: text, .gz and .zst are read as they are"],
            )?;
        }
    }
    same("batches", batches(&folder), 0)
}

fn packed_twice() -> Result<(), Failed> {
    let folder = Folder::new("az")?;
    let text = file(&[row(&[])]);
    let zstd = zstd::encode_all(text.as_bytes(), 3)?;
    let mut tar = vec![0; 1024];
    tar[..5].copy_from_slice(b"a.csv");
    tar[257..262].copy_from_slice(b"ustar");
    for (name, bytes, says) in [
        ("a.csv.gz", gzip(&gzip(text.as_bytes())), "inside it is a file compressed by gzip"),
        ("b.csv.gz", gzip(&zstd), "inside it is a file compressed by zstd"),
        ("c.csv.gz", gzip(b"PK\x03\x04rest"), "inside it is a ZIP archive"),
        ("d.csv.zst", zstd::encode_all(&gzip(text.as_bytes())[..], 3)?, "inside it is a file compressed by gzip"),
        ("e.tar.gz", gzip(&tar), "inside it is a tar archive"),
        // Two members, of which the first is one byte: what is inside is seen only with the second.
        ("f.csv.gz", [gzip(b"P"), gzip(b"K\x03\x04rest")].concat(), "inside it is a ZIP archive"),
        ("g.tar", tar.clone(), "it is a tar archive"),
    ] {
        let path = folder.put(name, bytes)?;
        for form in ["sad_csv", "asycuda_xml", "comtrade_csv"] {
            let said = ingest(&folder, form, &path, 3)?.stderr;
            holds(&said, &[name, says, ": unpack it first\n", "hint: text, .gz and .zst are read as they are"])?;
        }
        holds(&folder.run(&["ingest", "--sniff", &path], 3)?.stderr, &[name, says])?;
    }
    let entry = |name: &str| [&b"PK\x03\x04"[..], &[0; 26], name.as_bytes()].concat();
    for bytes in [entry("[Content_Types].xml"), entry("xl/workbook.xml"), b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1rest".to_vec()] {
        let path = folder.put("book.csv", bytes)?;
        holds(&ingest(&folder, "sad_csv", &path, 3)?.stderr, &["book.csv", "it is a workbook", "save its sheet as CSV first"])?;
    }
    // A bracket that nothing closes is no pattern but part of a name.
    holds(&ingest(&folder, "sad_csv", "absent[1.csv", 3)?.stderr, &["cannot read `absent[1.csv`"])?;
    same("batches", batches(&folder), 0)
}

fn configuration() -> Result<(), Failed> {
    let folder = Folder::new("az")?;
    let good = folder.put("good.csv", file(&[row(&[])]))?;
    let (toml, key) = (folder.path().join("tradestat.toml"), folder.path().join("pseudonym.key"));
    let [whole, secret] = [std::fs::read(&toml)?, std::fs::read(&key)?];
    std::fs::write(&key, b"\xff\xfe0\x001\x00")?;
    holds(&ingest(&folder, "sad_csv", &good, 5)?.stderr, &["pseudonym.key", "is not a key", "hint: restore it from the backup"])?;
    std::fs::write(&key, secret)?;
    std::fs::write(&toml, [&b"# one\n# two \xff\n"[..], &whole].concat())?;
    holds(&ingest(&folder, "sad_csv", &good, 5)?.stderr, &["tradestat.toml` line 2: is not UTF-8", "hint: keys: profile"])?;
    std::fs::write(&toml, [&b"# one\n\nprofil = 1\n"[..], &whole].concat())?;
    holds(&ingest(&folder, "sad_csv", &good, 5)?.stderr, &["tradestat.toml` line 3: ", "hint: keys: profile"])?;
    std::fs::write(&toml, whole)?;
    ingest(&folder, "sad_csv", &good, 0)?;
    Ok(())
}

/// What is proposed for a file is printed whole, on stdout.
fn sniffed() -> Result<(), Failed> {
    let folder = Folder::new("az")?;
    let line = row(&[("trader_id", "7313379001"), ("declarant_id", "7313379001")]);
    for text in [format!("{line}\n{line}\n"), format!("{line}\n").replace(',', "\t")] {
        let path = folder.put("headless.csv", text)?;
        let said = folder.run(&["ingest", "--sniff", &path], 0)?;
        holds(
            &said.stdout,
            &["the first line looks like data", "`column 5`: dates as %Y-%m-%d", "put a header before the first line"],
        )?;
        same("the number is shown", said.stdout.contains("7313379001") || said.stdout.contains("Tomatoes"), false)?;
    }
    let path = folder.put("escape.csv", "id,\u{1b}[2Jhs code,net\u{9b}\n1,2,3\n")?;
    let said = folder.run(&["ingest", "--sniff", &path], 0)?;
    same("an escape is printed", said.stdout.contains(['\u{1b}', '\u{9b}']), false)
}

fn bomb() -> Result<(), Failed> {
    let folder = Folder::new("az")?;
    let mut packed = GzEncoder::new(Vec::new(), Compression::fast());
    for _ in 0..64 {
        packed.write_all(&vec![0; 1 << 20])?;
    }
    let bytes = packed.finish()?;
    for (form, name) in [("sad_csv", "zeros.csv.gz"), ("asycuda_xml", "zeros.xml.gz"), ("comtrade_json", "zeros.json.gz")] {
        let path = folder.put(name, &bytes)?;
        let said = ingest(&folder, form, &path, 3)?;
        holds(&said.stderr, &[name, " 0"])?;
    }
    same("batches", batches(&folder), 0)
}

fn attributes() -> Result<(), Failed> {
    let folder = Folder::new("az")?;
    let many: String = (0..100_000).map(|number| format!(" a{number}=\"1\"")).collect();
    let path = folder.put("many.xml", format!("<ASYCUDA{many}></ASYCUDA>"))?;
    holds(&ingest(&folder, "asycuda_xml", &path, 3)?.stderr, &["line 1, column 1", "more than 256 attributes"])
}

/// A file without a header, and the key of the pseudonyms itself, taken for files of declarations.
fn no_header() -> Result<(), Failed> {
    let folder = Folder::new("az")?;
    let line = row(&[("trader_id", "7313379001"), ("declarant_id", "7313379001")]);
    for text in [line.clone() + "\n", line.replace(',', ";") + "\n", format!("{line}\r{line}\r")] {
        let path = folder.put("headless.csv", text)?;
        let said = ingest(&folder, "sad_csv", &path, 3)?;
        same("the number is shown", said.stderr.contains("7313379001"), false)?;
    }
    let key = std::fs::read_to_string(folder.path().join("pseudonym.key"))?;
    let path = folder.path().join("pseudonym.key").display().to_string();
    for form in ["sad_csv", "kcs_csv", "comtrade_csv", "comtrade_json", "asycuda_xml"] {
        let said = ingest(&folder, form, &path, 3)?;
        same(&format!("the key is shown by {form}"), said.stderr.contains(&key.trim()[..8]), false)?;
    }
    Ok(())
}

fn threads() -> Result<(), Failed> {
    for count in ["0", "100000", "many"] {
        holds(&crate::program::run(&["--threads", count, "show", "country"], 2)?.stderr, &["--threads"])?;
    }
    Ok(())
}

fn control_characters() -> Result<(), Failed> {
    let folder = Folder::new("az")?;
    let text = file(&[row(&[])]).replacen("net_mass_kg", "\u{1b}[2Jnet", 1);
    let path = folder.put("escape.csv", text)?;
    let said = ingest(&folder, "sad_csv", &path, 3)?;
    holds(&said.stderr, &["column `net_mass_kg` is missing"])?;
    same("an escape is printed", said.stderr.contains('\u{1b}'), false)
}

/// As above: also a break, after which a name could say anything in the name of the program.
fn name_of_control_characters() -> Result<(), Failed> {
    let folder = Folder::new("az")?;
    let clean = |said: &Said| {
        let text = [said.stdout.as_str(), said.stderr.as_str()].concat();
        same(&format!("an escape is printed: {text:?}"), text.contains(['\u{1b}', '\u{9b}', '\r']), false)?;
        same("a line of its own", text.lines().any(|line| line.starts_with("tradestat: all is well")), false)
    };
    let odd = "bad\u{1b}]0;t\u{9b}\r\ntradestat: all is well.csv";
    let path = folder.put(odd, "no header\n")?;
    let said = ingest(&folder, "sad_csv", &path, 3)?;
    clean(&said)?;
    holds(&said.stderr, &["bad\\u{1b}]0;t\\u{9b}\\r\\ntradestat: all is well.csv` is not of form"])?;
    clean(&folder.run(&["ingest", "--sniff", &path], 0)?)?;
    clean(&ingest(&folder, "sad_csv", &format!("{path}x"), 3)?)?;
    clean(&ingest(&folder, "sad_csv", &format!("{path}*.none"), 3)?)?;
    clean(&folder.run(&["ingest", "--form", "sad_csv", "--control", &path, &path], 5)?)?;
    let sound = folder.put(&format!("sound {odd}"), file(&[row(&[])]))?;
    clean(&folder.run(&["ingest", "--form", "sad_csv", &path, &sound], 3)?)?;
    clean(&ingest(&folder, "sad_csv", &sound, 0)?)?;
    clean(&folder.run(&["store", "list"], 0)?)?;
    same("batches", batches(&folder), 1)
}
