//! One definition, from the one place where it stands.

use std::path::Path;

use tradestat_core::fault::FaultCode;
use tradestat_core::schema::Record;

use crate::config::Workspace;
use crate::error::{Error, Result, nearest};
use crate::method::{Method, Step};
use crate::store::Store;
use crate::store::manifest::RuleCount;

pub async fn show(folder: Option<&Path>, workspace: Option<&Workspace>, name: &str) -> Result<()> {
    let method = Method::read(folder, workspace.map(|w| w.imported.as_path()))?;
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
    if let Some(fault) = FaultCode::from_code(name) {
        crate::say!("fault {}: {}", fault.code(), fault.title());
        found = true;
    }
    if let Some(text) = method.file(&format!("reference/forms/{name}.toml")) {
        crate::say!("form {name} (reference/forms/{name}.toml)");
        if tradestat_core::form::Form::parse(name, &String::from_utf8_lossy(text)).is_ok_and(|form| form.is_unproven) {
            crate::say!("not proven: no real file of this form has been read");
        }
        crate::say!("\n{}", String::from_utf8_lossy(text));
        found = true;
    }
    if let Some(list) = method.lists.get(name) {
        let rows = list.records()?.len();
        crate::say!("list {name}: {} ({rows} rows{})", list.title, if list.is_unverified { ", unverified" } else { "" });
        crate::say!("  source   {}", list.sources.join("; "));
        crate::say!("  key      {}", list.key.join(", "));
        for (field, description) in list.schema.fields().iter().zip(&list.descriptions) {
            crate::say!("  {:<26} {description}", field.name());
        }
        found = true;
    }
    let is_asked = |step: &&Step| step.name.eq_ignore_ascii_case(name) || step.code() == Some(name);
    for step in method.steps.values().filter(is_asked) {
        print_step(step);
        if let (true, Some(workspace)) = (step.is_rule(), workspace) {
            print_counts(workspace, step.code().expect("rules have codes")).await?;
        }
        found = true;
    }
    if found {
        return Ok(());
    }
    let fields = Record::ALL.into_iter().flat_map(|record| record.fields().iter().map(|f| f.name));
    let known = method.steps.values().flat_map(|s| [Some(s.name.as_str()), s.code()]).flatten().chain(method.lists.keys().map(String::as_str)).chain(fields);
    let forms = method.file_names().filter_map(|file| file.strip_prefix("reference/forms/")?.strip_suffix(".toml"));
    let known: Vec<&str> = known.chain(forms).collect();
    // The beginning of a name is more often meant than a name that has as many letters.
    let begun = known.iter().copied().filter(|known| name.len() > 1 && known.starts_with(name)).min_by_key(|known| known.len());
    let hint = begun.or_else(|| nearest(name, known)).map(|near| format!("a similar name exists: `{near}`"));
    Err(Error::Usage {
        problem: format!("nothing is called `{name}`"),
        hint: hint.unwrap_or_else(|| "ask for a field, form, fault, rule, step, list or table".into()),
    })
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
