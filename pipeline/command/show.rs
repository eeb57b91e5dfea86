//! One definition, from the one place where it stands.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use tradestat_core::fault::FaultCode;
use tradestat_core::schema::Record;

use crate::config::{Profile, Workspace};
use crate::describe::Describer;
use crate::error::{Error, Result, nearest};
use crate::method::header::Layer;
use crate::method::{Method, Step};
use crate::store::Store;
use crate::store::manifest::RuleCount;

/// Prints whatever has this name, be it several things; every name by kind without one.
///
/// # Errors
/// When nothing has the name; the error says which is near.
pub async fn show(folder: Option<&Path>, workspace: Option<&Workspace>, name: Option<&str>) -> Result<()> {
    let method = Method::read(folder, workspace.map(|w| w.imported.as_path()))?;
    let Some(name) = name else {
        for (kind, names) in names(&method)? {
            crate::say!("{kind}: {}\n", names.into_iter().collect::<Vec<_>>().join(", "));
        }
        return Ok(());
    };
    let found = [
        show_record(name),
        show_fault(name),
        show_layout(&method, name),
        show_list(&method, name)?,
        show_steps(&method, workspace, name).await?,
        show_column(&method, workspace, name)?,
        show_rows(&method, "parameter", name)?,
        show_rows(&method, "method", name)?,
    ];
    if found.contains(&true) {
        return Ok(());
    }
    Err(unknown(name, &names(&method)?))
}

/// A relation as received and its fields, or each field of this name; whether there is one, as of all that follow.
fn show_record(name: &str) -> bool {
    let mut found = false;
    for record in Record::ALL {
        if record.name() == name {
            crate::say!("relation {name}\n");
            for field in record.fields() {
                crate::say!("  {:<26} {:<16} {}", field.name, field.kind.title(), field.title);
            }
            found = true;
        }
        if let Some(field) = record.field(name) {
            crate::say!("field {name} of {}: {}", record.name(), field.title);
            crate::say!("  type     {}{}", field.kind.title(), if field.required { ", required" } else { "" });
            for (what, text) in [("unit", field.unit), ("list", field.code_list), ("SAD box", field.source_box)] {
                if let Some(text) = text {
                    crate::say!("  {what:<8} {text}");
                }
            }
            crate::say!("  example  {}\n", field.example);
            found = true;
        }
    }
    found
}

fn show_fault(name: &str) -> bool {
    let fault = FaultCode::from_code(name);
    if let Some(fault) = fault {
        crate::say!("fault {}: {}", fault.code(), fault.title());
    }
    fault.is_some()
}

/// A form or a profile, as its file says it.
fn show_layout(method: &Method, name: &str) -> bool {
    let mut found = false;
    if let Some(text) = method.file(&format!("reference/forms/{name}.toml")) {
        crate::say!("form {name} (reference/forms/{name}.toml)");
        if tradestat_core::form::Form::parse(name, &String::from_utf8_lossy(text)).is_ok_and(|form| form.is_unproven) {
            crate::say!("not proven: no real file of this form has been read");
        }
        crate::say!("\n{}", String::from_utf8_lossy(text));
        found = true;
    }
    if let Some(text) = method.file(&format!("reference/profiles/{name}.toml")) {
        crate::say!("profile {name} (reference/profiles/{name}.toml)\n\n{}", String::from_utf8_lossy(text));
        found = true;
    }
    found
}

fn show_list(method: &Method, name: &str) -> Result<bool> {
    let Some(list) = method.lists.get(name) else { return Ok(false) };
    let rows = list.records()?.len();
    crate::say!("list {name}: {} ({rows} rows{})", list.title, if list.is_unverified { ", unverified" } else { "" });
    crate::say!("  source   {}", list.sources.join("; "));
    crate::say!("  key      {}", list.key.join(", "));
    for (field, description) in list.schema.fields().iter().zip(&list.descriptions) {
        crate::say!("  {:<26} {description}", field.name());
    }
    Ok(true)
}

/// Rows of a list whose first column has this text: a number of the method by its name, a recommendation by its
/// own.
fn show_rows(method: &Method, list: &str, name: &str) -> Result<bool> {
    let Some(list) = method.lists.get(list) else { return Ok(false) };
    let mut found = false;
    for (line, row) in list.records()?.iter().filter(|(_, row)| &row[0] == name) {
        crate::say!("{} {name} (reference/{}.csv, line {line})\n", list.name, list.name);
        for (field, cell) in list.schema.fields().iter().zip(row.iter()).skip(1).filter(|(_, cell)| !cell.is_empty()) {
            crate::say!("  {:<16} {cell}", field.name());
        }
        crate::say!("");
        found = true;
    }
    Ok(found)
}

/// Steps, rules and tables by their names or codes; of a rule also what it found in the working folder.
async fn show_steps(method: &Method, workspace: Option<&Workspace>, name: &str) -> Result<bool> {
    let mut found = false;
    let is_asked = |step: &&Step| step.name.eq_ignore_ascii_case(name) || step.code() == Some(name);
    for step in method.steps.values().filter(is_asked) {
        print_step(step);
        if let (true, Some(workspace)) = (step.is_rule(), workspace) {
            print_counts(workspace, step.code().expect("rules have codes")).await?;
        }
        found = true;
    }
    Ok(found)
}

/// A published column and the tables that have it.
fn show_column(method: &Method, workspace: Option<&Workspace>, name: &str) -> Result<bool> {
    let tables: Vec<&str> = published(method).filter(|step| columns(step).contains(name)).filter_map(Step::code).collect();
    if tables.is_empty() {
        return Ok(false);
    }
    let of_profile = workspace.map_or("az", |workspace| workspace.profile.as_str());
    let describer = Describer::new(method, &Profile::read(method, of_profile)?)?;
    crate::say!("column {name}: {}\n  tables   {}", describer.title(name), tables.join(", "));
    Ok(true)
}

/// Nothing has the name; the nearest one that something has.
fn unknown(name: &str, all: &BTreeMap<&'static str, BTreeSet<String>>) -> Error {
    let known: Vec<&str> = all.values().flatten().map(String::as_str).collect();
    // The beginning of a name is more often meant than a name that has as many letters.
    let begun = known.iter().copied().filter(|known| name.len() > 1 && known.starts_with(name)).min_by_key(|known| known.len());
    let hint = begun.or_else(|| nearest(name, known)).map(|near| format!("a similar name exists: `{near}`"));
    Error::Usage {
        problem: format!("nothing is called `{name}`"),
        hint: hint.unwrap_or_else(|| "`tradestat show` alone lists every kind and name".into()),
    }
}

/// Every name that can be asked for, by its kind.
fn names(method: &Method) -> Result<BTreeMap<&'static str, BTreeSet<String>>> {
    let mut names: BTreeMap<&'static str, BTreeSet<String>> = BTreeMap::new();
    let mut put = |kind, name: &str| names.entry(kind).or_default().insert(name.to_string());
    for record in Record::ALL {
        put("relations as received", record.name());
        record.fields().iter().for_each(|field| {
            put("fields", field.name);
        });
    }
    for fault in FaultCode::ALL {
        put("faults", fault.code());
    }
    for file in method.file_names() {
        for (folder, kind) in [("reference/forms/", "forms"), ("reference/profiles/", "profiles")] {
            if let Some(name) = file.strip_prefix(folder).and_then(|name| name.strip_suffix(".toml")) {
                put(kind, name);
            }
        }
    }
    method.lists.keys().for_each(|name| {
        put("lists", name);
    });
    for (list, kind) in [("parameter", "numbers of the method"), ("method", "recommendations")] {
        for (_, row) in method.lists.get(list).map(|list| list.records()).transpose()?.into_iter().flatten() {
            put(kind, &row[0]);
        }
    }
    for step in method.steps.values() {
        let kind = match step.layer {
            Layer::Validate if step.is_rule() => "rules",
            Layer::Audit => "audits",
            Layer::Tables if step.code().is_some() => "tables",
            _ => "steps",
        };
        put(kind, &step.name);
        step.code().into_iter().for_each(|code| {
            put(kind, code);
        });
    }
    for step in published(method) {
        columns(step).into_iter().for_each(|name| {
            put("published columns", name);
        });
    }
    Ok(names)
}

/// Tables that a release has.
fn published(method: &Method) -> impl Iterator<Item = &Step> {
    method
        .steps
        .values()
        .filter(|step| step.layer == Layer::Tables)
        .filter(|step| step.code().is_some_and(|code| code.starts_with('T')))
}

/// Columns of a table, read from its last `select`: each stands at the end of its line, by its own
/// name or after `as`.
fn columns<'s>(step: &'s Step) -> BTreeSet<&'s str> {
    let is_of_name = |letter: char| letter.is_ascii_alphanumeric() || letter == '_';
    let last = step.text.rsplit_once("\nselect\n").map_or("", |(_, last)| last);
    let select = last.split("\nfrom ").next().unwrap_or_default();
    let column = |line: &'s str| {
        let expression = line.trim_end_matches(',');
        let named = expression.rsplit_once(" as ").map(|(_, name)| name);
        let own = expression
            .trim_start()
            .split_once('.')
            .filter(|(relation, _)| relation.chars().all(is_of_name))
            .map(|(_, name)| name);
        named.or(own).filter(|name| !name.is_empty() && name.chars().all(is_of_name))
    };
    select.lines().filter_map(column).collect()
}

fn print_step(step: &Step) {
    crate::say!("{} ({})\n", step.header.title, step.file);
    if !step.header.prose.is_empty() {
        crate::say!("{}\n", step.header.prose);
    }
    for (key, value) in step.header.keys() {
        crate::say!("  {key:<9} {value}");
    }
    if !step.reads.is_empty() {
        crate::say!("  {:<9} {}", "reads", step.reads.join(", "));
    }
    let body: Vec<&str> = step.text.lines().skip_while(|line| line.starts_with("--")).collect();
    crate::say!("{}", body.join("\n"));
}

/// What the rule did in the newest validation of this working folder.
async fn print_counts(workspace: &Workspace, code: &str) -> Result<()> {
    let Ok(store) = Store::open(&workspace.store, None).await else { return Ok(()) };
    let runs = store.runs().await?;
    let newest = runs.iter().rev().find_map(|run| Some((run, run.rules.iter().find(|rule| rule.code == code)?)));
    if let Some((run, RuleCount { judged, undecided, violating, idle, .. })) = newest {
        crate::say!("\nrun {} of {}: judged {judged}, could not judge {undecided}, objected to {violating}", run.id, run.period);
        if let Some(idle) = idle {
            crate::say!("{idle}");
        }
    }
    Ok(())
}
