//! Sums over the first layer of a ledger, kept beside it for the next run.
//!
//! Whoever adds something up over all customers may leave its sums in the ledger's folder, under the hash of what they are over and
//! of what they mean. They are worth only time: a file that is damaged, or of another program, is as good as none.

use std::fs;
use std::path::{Path, PathBuf};

use super::LedgerError;
use super::folder::{create_folder, write_beside_and_rename};
use super::manifest::LayerEntry;

pub(super) const SUMS: &str = "sums";
const ENDING: &str = "sums";
const MAGIC: &[u8] = b"arrears sums 1\n";
const HASH_BYTES: usize = 32;

/// What is kept under some words: numbers whose order their owner knows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NumbersOf {
    /// The words.
    pub words: Vec<Option<String>>,
    /// The numbers.
    pub numbers: Vec<i128>,
}

/// The place of sums that mean the same over the same layer.
#[derive(Clone, Debug)]
pub struct KeptSums {
    path: PathBuf,
    meaning: String,
}

impl KeptSums {
    pub(super) fn new(dir: &Path, layer: &LayerEntry, meaning: String) -> KeptSums {
        let name = format!(
            "{}-{}.{ENDING}",
            name_of(layer),
            &blake3::hash(meaning.as_bytes()).to_hex()[..16]
        );
        KeptSums {
            path: dir.join(SUMS).join(name),
            meaning,
        }
    }

    /// Reads the sums, in as many lists as were written; `None` where there are none, or they are not as they were written.
    pub fn read(&self) -> Option<Vec<Vec<NumbersOf>>> {
        let bytes = fs::read(&self.path).ok()?;
        let rest = bytes.strip_prefix(MAGIC)?;
        let (hash, content) = rest.split_at_checked(HASH_BYTES)?;
        (blake3::hash(content).as_bytes() == hash).then_some(())?;
        let mut content = Reader(content);
        (content.text()? == self.meaning).then_some(())?;
        let n_lists = content.length()?;
        let lists = (0..n_lists).map(|_| {
            let n = content.length()?;
            (0..n).map(|_| content.numbers_of()).collect()
        });
        lists.collect()
    }

    /// Keeps sums, beside those of other meanings.
    ///
    /// # Errors
    /// The file cannot be written; nothing else is lost.
    pub fn write(&self, lists: &[Vec<NumbersOf>]) -> Result<(), LedgerError> {
        let mut content = Vec::new();
        put_text(&mut content, &self.meaning);
        put_number(&mut content, lists.len() as i128);
        for list in lists {
            put_number(&mut content, list.len() as i128);
            for NumbersOf { words, numbers } in list {
                put_number(&mut content, words.len() as i128);
                for word in words {
                    put_number(&mut content, i128::from(word.is_some()));
                    put_text(&mut content, word.as_deref().unwrap_or_default());
                }
                put_number(&mut content, numbers.len() as i128);
                numbers.iter().for_each(|number| put_number(&mut content, *number));
            }
        }
        let hash = blake3::hash(&content);
        if let Some(folder) = self.path.parent() {
            create_folder(folder)?;
        }
        write_beside_and_rename(&self.path, &[MAGIC, hash.as_bytes(), &content].concat())
    }
}

/// Tells whether a file holds sums, or began to, over another layer than the first one that is there.
pub(super) fn is_stale(path: &Path, base: Option<&LayerEntry>) -> bool {
    let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    let Some((layer, rest)) = name.split_once('-') else {
        return false;
    };
    let is_ours = layer.len() == 16 && (rest.ends_with(ENDING) || rest.ends_with("tmp"));
    is_ours && base.is_none_or(|base| name_of(base) != layer)
}

/// Names the content of a layer.
fn name_of(layer: &LayerEntry) -> String {
    let mut hasher = blake3::Hasher::new();
    for (name, entry) in layer.tables.iter().chain(&layer.facts) {
        hasher.update(format!("{name} {}\n", entry.blake3).as_bytes());
    }
    hasher.finalize().to_hex()[..16].to_owned()
}

/// Appends a number: seven bits a byte, the smallest first, so that nothing takes one byte.
fn put_number(bytes: &mut Vec<u8>, number: i128) {
    let mut rest = ((number << 1) ^ (number >> 127)) as u128;
    while rest >= 0x80 {
        bytes.push(rest as u8 | 0x80);
        rest >>= 7;
    }
    bytes.push(rest as u8);
}

fn put_text(bytes: &mut Vec<u8>, text: &str) {
    put_number(bytes, text.len() as i128);
    bytes.extend(text.as_bytes());
}

struct Reader<'b>(&'b [u8]);

impl Reader<'_> {
    fn number(&mut self) -> Option<i128> {
        let mut number = 0_u128;
        for shift in (0..128).step_by(7) {
            let (&byte, rest) = self.0.split_first()?;
            self.0 = rest;
            number |= u128::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                return Some((number >> 1) as i128 ^ -((number & 1) as i128));
            }
        }
        None
    }

    fn length(&mut self) -> Option<usize> {
        usize::try_from(self.number()?).ok()
    }

    fn text(&mut self) -> Option<String> {
        let length = self.length()?;
        let (text, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        String::from_utf8(text.to_vec()).ok()
    }

    fn numbers_of(&mut self) -> Option<NumbersOf> {
        let n_words = self.length()?;
        let word = |_| {
            let is_there = self.number()? == 1;
            let text = self.text()?;
            Some(is_there.then_some(text))
        };
        let words = (0..n_words).map(word).collect::<Option<_>>()?;
        let n_numbers = self.length()?;
        let numbers = (0..n_numbers).map(|_| self.number()).collect::<Option<_>>()?;
        Some(NumbersOf { words, numbers })
    }
}
