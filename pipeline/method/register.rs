//! The method register: every recommendation, the SQL files that carry it out, and their cases.
//!
//! `reference/method.csv` says where a recommendation stands; the headers of `sql/` say which
//! files carry it out (`method:` by number, `imts:` by paragraph). The two are held together
//! here, so that neither can claim what the other does not show.

use super::{CASES, Method, Step};
use crate::error::{Error, Result, nearest};

/// Where a recommendation stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Status {
    Done,
    Open,
    NotApplicable,
    /// Declarations have no field that would show it; the reason names the one that could.
    NotObservable,
}

impl Status {
    /// In the order in which `method coverage` counts them.
    pub const ALL: [Status; 4] = [Status::Done, Status::Open, Status::NotApplicable, Status::NotObservable];

    /// As column `status` of the register writes it.
    pub fn name(self) -> &'static str {
        match self {
            Status::Done => "done",
            Status::Open => "open",
            Status::NotApplicable => "not applicable",
            Status::NotObservable => "not observable",
        }
    }
}

/// A row of the register.
#[derive(Debug, Clone)]
pub struct Recommendation {
    pub number: String,
    /// Chapter of the methodology document.
    pub chapter: String,
    /// Paragraphs of IMTS 2010, or of the Compilers Manual (`CM 14.2`).
    pub paragraphs: Vec<String>,
    pub title: String,
    pub status: Status,
    pub reason: String,
    /// The paragraph was read in a public source.
    pub is_checked: bool,
    /// Says of single items whether it holds of them, rather than of sums, lists or tables.
    pub decides_items: bool,
}

impl Recommendation {
    /// Whether the header of a file names it, by its number or by one of its paragraphs.
    pub fn is_cited_by(&self, step: &Step) -> bool {
        step.header.list("method").contains(&self.number)
            || step.header.list("imts").iter().any(|paragraph| self.paragraphs.contains(paragraph))
    }
}

impl Method {
    /// The register in the order of its file.
    pub fn recommendations(&self) -> Result<Vec<Recommendation>> {
        let Some(list) = self.lists.get("method") else { return Ok(Vec::new()) };
        let mut found = Vec::new();
        for (line, row) in list.records()? {
            let cell = |name: &str| list.schema.index_of(name).ok().map(|i| row[i].to_string()).unwrap_or_default();
            let status = cell("status");
            let known = Status::ALL.into_iter().find(|known| known.name() == status);
            let status = known.ok_or_else(|| Error::Inconsistent {
                file: list.file.clone(),
                line: Some(*line),
                problem: format!("`{status}` is no status"),
                hint: nearest(&status, Status::ALL.map(Status::name))
                    .map_or_else(|| Status::ALL.map(Status::name).join(", "), |near| format!("did you mean `{near}`")),
            })?;
            found.push(Recommendation {
                number: cell("number"),
                chapter: cell("chapter"),
                paragraphs: cell("paragraph")
                    .split([',', ';'])
                    .map(|part| part.trim().to_string())
                    .filter(|part| !part.is_empty())
                    .collect(),
                title: cell("title"),
                status,
                reason: cell("reason"),
                is_checked: cell("checked") == "true",
                decides_items: cell("decides") == "item",
            });
        }
        Ok(found)
    }

    /// Files that carry a recommendation out, in the order in which they run.
    pub fn steps_of(&self, recommendation: &Recommendation) -> Vec<&Step> {
        self.all_in_order().filter(|step| recommendation.is_cited_by(step)).collect()
    }

    /// Titles of the cases that prove a file: of the folder the method is read from where it
    /// has tests, else those the program was built with.
    pub fn cases(&self, step: &Step) -> Vec<String> {
        let name = format!("{}/{}", step.layer.folder(), step.name);
        if let Some(text) = self.file(&format!("tests/sql/{name}.case")) {
            return titles(&String::from_utf8_lossy(text));
        }
        let built = CASES.iter().find(|(known, _)| *known == name);
        built.map(|(_, titles)| titles.iter().map(|title| title.to_string()).collect()).unwrap_or_default()
    }

    /// What the register claims and the files do not show, or the other way round.
    pub fn register_problems(&self) -> Result<Vec<String>> {
        let register = self.recommendations()?;
        let mut problems = Vec::new();
        for row in &register {
            let steps = self.steps_of(row);
            let has_case = steps.iter().any(|step| !self.cases(step).is_empty());
            let (number, status) = (&row.number, row.status.name());
            match row.status {
                Status::Done if steps.is_empty() => problems.push(format!("{number} is done, and no file of sql/ cites it")),
                Status::Done if !has_case => problems.push(format!("{number} is done, and no file that cites it has a case")),
                Status::NotApplicable | Status::NotObservable if row.reason.is_empty() => {
                    problems.push(format!("{number} is {status}, and no reason is given"));
                }
                _ => {}
            }
        }
        for step in self.all_in_order() {
            let numbers = step.header.list("method");
            for number in numbers.iter().filter(|number| !register.iter().any(|row| row.number == **number)) {
                problems.push(format!("{} cites {number}, which is not registered", step.file));
            }
            let paragraphs = step.header.list("imts");
            for paragraph in paragraphs.iter().filter(|cited| !register.iter().any(|row| row.paragraphs.contains(cited))) {
                problems.push(format!("{} cites paragraph {paragraph}, which is not registered", step.file));
            }
        }
        Ok(problems)
    }
}

/// Titles of the cases of a file: the first comment of each part.
fn titles(text: &str) -> Vec<String> {
    let parts = text.split("\n---");
    parts.map(|part| part.lines().find_map(|line| line.strip_prefix('#')).unwrap_or("").trim().to_string()).collect()
}
