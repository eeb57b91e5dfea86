//! Messages that amend or cancel a declaration: what becomes of its items and of the figures.

use libtest_mimic::{Failed, Trial};

use crate::program::{Folder, holds, same, trial};

pub fn trials() -> Vec<Trial> {
    vec![
        trial("bad_input::cancelled_declaration_leaves_the_figures", cancelled),
        trial("bad_input::later_amendment_goes_over_an_earlier_one", amended_twice),
        trial("bad_input::added_item_is_an_item_of_its_declaration", added),
        trial("bad_input::item_that_is_not_there_is_told_with_the_reason", not_there),
        trial("bad_input::field_without_a_value_is_taken_out", taken_out),
        trial("bad_input::part_of_a_code_is_changed_and_the_rest_stands", parts),
        trial("bad_input::amendment_that_leads_to_a_field_and_cannot_be_applied_is_named", not_applied),
    ]
}

pub fn item(number: u32) -> String {
    format!(
        "<GovernmentAgencyGoodsItem><SequenceNumeric>{number}</SequenceNumeric>
<StatisticalValueAmount currencyID=\"GBP\">1500</StatisticalValueAmount><Commodity><Description>Cars</Description>
<Classification><ID>8703231900</ID><IdentificationTypeCode>TSP</IdentificationTypeCode></Classification>
<GoodsMeasure><GrossMassMeasure>1200</GrossMassMeasure><NetNetWeightMeasure>1000</NetNetWeightMeasure></GoodsMeasure></Commodity>
<GovernmentProcedure><CurrentCode>40</CurrentCode><PreviousCode>00</PreviousCode></GovernmentProcedure>
<Origin><CountryCode>US</CountryCode><TypeCode>1</TypeCode></Origin></GovernmentAgencyGoodsItem>"
    )
}

/// A declaration of two items of 1500 pounds each.
pub fn declaration(reference: &str) -> String {
    format!(
        "<MetaData><Declaration><AcceptanceDateTime><DateTimeString>20260312</DateTimeString></AcceptanceDateTime><FunctionCode>9</FunctionCode>
<FunctionalReferenceID>{reference}</FunctionalReferenceID><TypeCode>IMA</TypeCode><GoodsShipment>{}{}</GoodsShipment></Declaration></MetaData>",
        item(1),
        item(2)
    )
}

/// A message about a declaration: sections and sequences of one pointer, and what it repeats.
pub fn message(kind: &str, reference: &str, steps: &[(&str, u32)], tag: &str, shipment: &str) -> String {
    let step = |(place, (section, sequence)): (usize, &(&str, u32))| {
        let tag = if place + 1 == steps.len() && !tag.is_empty() { format!("<TagID>{tag}</TagID>") } else { String::new() };
        format!(
            "<Pointer><SequenceNumeric>{sequence}</SequenceNumeric><DocumentSectionCode>{section}</DocumentSectionCode>{tag}</Pointer>"
        )
    };
    let pointers: String = steps.iter().enumerate().map(step).collect();
    format!(
        "<MetaData><Declaration><FunctionCode>13</FunctionCode><FunctionalReferenceID>{reference}</FunctionalReferenceID><TypeCode>{kind}</TypeCode>
<Amendment><ChangeReasonCode>32</ChangeReasonCode>{pointers}</Amendment><GoodsShipment>{shipment}</GoodsShipment></Declaration></MetaData>"
    )
}

/// Messages come before and after what they cancel; one takes out a single item.
fn cancelled() -> Result<(), Failed> {
    let folder = Folder::new("az")?;
    let item = [("42A", 1), ("67A", 1), ("68A", 2)];
    for (name, text) in [
        ("1.xml", message("INV", "R2", &[("42A", 1)], "", "")),
        ("2.xml", declaration("R1")),
        ("3.xml", declaration("R2").replace("Cars", "Vans")),
        ("4.xml", message("COR", "R1", &item, "", "")),
        ("5.xml", message("INV", "R9", &[("42A", 1)], "", "")),
    ] {
        let path = folder.put(name, text)?;
        folder.run(&["ingest", "--form", "wco_xml", "--received", "2026-03-20", &path], 0)?;
    }
    let said = folder.run(&["run", "--period", "2026-03"], 0)?;
    holds(
        &said.stderr,
        &[
            "amendments applied: 2",
            "amendments without a declaration: 1",
            "an amendment of `R9` meets no declaration",
            "cancelled: 3",
        ],
    )?;
    same(
        "figures",
        folder.query("select sum(item_count), sum(statistical_value) from trade")?,
        vec!["1,1500.000000".to_string()],
    )?;
    let aside = folder.query("select why, count(*) from set_aside group by why order by why")?;
    same("set aside", aside, vec!["cancelled,3".to_string()])
}

fn amended_twice() -> Result<(), Failed> {
    let folder = Folder::new("az")?;
    let path = folder.put("1.xml", declaration("R1"))?;
    folder.run(&["ingest", "--form", "wco_xml", "--received", "2026-03-20", &path], 0)?;
    // Read in out of order: the day of receipt tells which is the later.
    for (day, mass) in [("2026-03-25", 700), ("2026-03-22", 800), ("2026-03-21", 850), ("2026-03-24", 900)] {
        let shipment = format!(
            "<GovernmentAgencyGoodsItem><SequenceNumeric>1</SequenceNumeric><Commodity><GoodsMeasure><NetNetWeightMeasure>{mass}</NetNetWeightMeasure></GoodsMeasure></Commodity></GovernmentAgencyGoodsItem>"
        );
        let steps = [("42A", 1), ("67A", 1), ("68A", 1), ("23A", 1), ("65A", 1)];
        let path = folder.put(&format!("m{mass}.xml"), message("COR", "R1", &steps, "128", &shipment))?;
        folder.run(&["ingest", "--form", "wco_xml", "--received", day, &path], 0)?;
    }
    let said = folder.run(&["run", "--period", "2026-03"], 0)?;
    holds(&said.stderr, &["amendments applied: 4"])?;
    let mass = folder.query("select sum(net_mass_kg) from trade")?;
    same("mass", mass, vec!["1700.000".to_string()])
}

/// Reads files in, each on a day of its own, and runs March 2026.
fn run_with(folder: &Folder, files: &[(&str, String)]) -> Result<String, Failed> {
    for (place, (name, text)) in files.iter().enumerate() {
        let path = folder.put(name, text)?;
        let day = format!("2026-03-{}", 20 + place);
        folder.run(&["ingest", "--form", "wco_xml", "--received", &day, &path], 0)?;
    }
    Ok(folder.run(&["run", "--period", "2026-03"], 0)?.stderr)
}

fn added() -> Result<(), Failed> {
    let folder = Folder::new("az")?;
    let third = [("42A", 1), ("67A", 1), ("68A", 3)];
    let own = item(3).replace("1500", "700").replace("8703231900", "8510200000");
    let mass = [("42A", 1), ("67A", 1), ("68A", 3), ("23A", 1), ("65A", 1)];
    let lighter = own.replace("<NetNetWeightMeasure>1000", "<NetNetWeightMeasure>900");
    let fourth = [("42A", 1), ("67A", 1), ("68A", 4)];
    let files = [
        (
            "1.xml",
            declaration("R1").replace(
                "</AcceptanceDateTime>",
                "</AcceptanceDateTime><BorderTransportMeans><ModeCode>3</ModeCode></BorderTransportMeans>",
            ),
        ),
        ("2.xml", message("COR", "R1", &third, "", &own)),
        // A later message finds the item that an earlier one added, and another takes one out again.
        ("3.xml", message("COR", "R1", &mass, "128", &lighter)),
        ("4.xml", message("COR", "R1", &fourth, "", &item(4))),
        ("5.xml", message("COR", "R1", &fourth, "", "")),
    ];
    let said = run_with(&folder, &files)?;
    holds(&said, &["items added by amendments: 2", "amendments of other months: 0"])?;
    same(
        "figures",
        folder.query("select sum(item_count), sum(statistical_value) from trade")?,
        vec!["3,3700.000000".to_string()],
    )?;
    let held = "select item_no, declaration_id, commodity_code, hs6, declaration_type, acceptance_date, border_transport_mode, \
                origin_country, statistical_value, net_mass_kg, received_on from corrected_item";
    let expected = "3,R1,8510200000,851020,IMA,2026-03-12,3,US,700.00,900.000,2026-03-20";
    same("the item", folder.query(held)?, vec![expected.to_string()])?;
    // Its line is that of the amendment, and no line of an item.
    let mark = "select count(distinct corrected_item.item_no) from corrected_item join amendment \
                on amendment.batch_id = corrected_item.batch_id and amendment.line_no = corrected_item.line_no";
    same("marked", folder.query(mark)?, vec!["1".to_string()])?;
    same("set aside", folder.query("select count(*) from set_aside")?, vec!["0".to_string()])
}

fn not_there() -> Result<(), Failed> {
    let folder = Folder::new("az")?;
    let mass = [("42A", 1), ("67A", 1), ("68A", 7), ("23A", 1), ("65A", 1)];
    let files = [("1.xml", declaration("R1")), ("2.xml", message("COR", "R1", &mass, "128", &item(7)))];
    let said = run_with(&folder, &files)?;
    let why = "an amendment of item 7 of `R1` could not be applied: the declaration has no such item, and nothing is said of its procedure_code and commodity_code";
    holds(&said, &[why, "amendments applied: 0", "amendments of fields not kept: 1"])?;
    same("figures", folder.query("select sum(item_count), sum(statistical_value) from trade")?, vec!["2,3000.000000".to_string()])
}

fn taken_out() -> Result<(), Failed> {
    let folder = Folder::new("az")?;
    let silent = item(2).replace("<NetNetWeightMeasure>1000</NetNetWeightMeasure>", "");
    let mass = [("42A", 1), ("67A", 1), ("68A", 2), ("23A", 1), ("65A", 1)];
    let description = [("42A", 1), ("67A", 1), ("68A", 1), ("23A", 1)];
    let files = [
        ("1.xml", declaration("R1")),
        ("2.xml", message("COR", "R1", &description, "137", &item(1).replace("<Description>Cars</Description>", ""))),
        ("3.xml", message("COR", "R1", &mass, "128", &silent)),
    ];
    holds(&run_with(&folder, &files)?, &["amendments applied: 2"])?;
    let amended = folder.query("select item_no, field, value from amendment order by 1")?;
    same("read", amended, ["1,goods_description,", "2,net_mass_kg,"].map(String::from).to_vec())?;
    let rows = "select item_no, goods_description, net_mass_kg from corrected_item order by 1";
    same("corrected", folder.query(rows)?, ["1,,1000.000", "2,Cars,"].map(String::from).to_vec())
}

/// What the first item says anew, behind a pointer to its goods or procedure.
fn about_first(tail: &[(&str, u32)], tag: &str, text: &str) -> String {
    let steps = [&[("42A", 1), ("67A", 1), ("68A", 1)], tail].concat();
    let item = format!("<GovernmentAgencyGoodsItem><SequenceNumeric>1</SequenceNumeric>{text}</GovernmentAgencyGoodsItem>");
    message("COR", "R1", &steps, tag, &item)
}

fn class(id: &str, kind: &str) -> String {
    format!(
        "<Commodity><Classification><ID>{id}</ID><IdentificationTypeCode>{kind}</IdentificationTypeCode></Classification></Commodity>"
    )
}

/// The declared code is of ten digits, and the second item keeps it.
fn parts() -> Result<(), Failed> {
    let folder = Folder::new("az")?;
    let goods = [("23A", 1), ("21A", 1)];
    let previous = "<GovernmentProcedure><PreviousCode>71</PreviousCode></GovernmentProcedure>";
    let files = [
        ("1.xml", declaration("R1")),
        ("2.xml", about_first(&goods, "145", &class("84713000", "TSP"))),
        ("3.xml", about_first(&goods, "145", &class("90", "TRC"))),
        ("4.xml", about_first(&[("70A", 1)], "161", previous)),
    ];
    holds(&run_with(&folder, &files)?, &["amendments applied: 3", "amendments of fields not kept: 0"])?;
    let amended = folder.query("select field, value from amendment order by 1")?;
    same(
        "read",
        amended,
        ["commodity_code[1-8],84713000", "commodity_code[9-],90", "procedure_code[3-4],71"].map(String::from).to_vec(),
    )?;
    let corrected = folder.query("select item_no, procedure_code, commodity_code, hs6 from corrected_item")?;
    same("corrected", corrected, vec!["1,4071,8471300090,847130".to_string()])?;
    let value = folder.query("select hs6, sum(statistical_value) from trade group by 1 order by 1")?;
    same("figures", value, ["847130,1500.000000", "870323,1500.000000"].map(String::from).to_vec())
}

/// The value stays that cannot be read anew, and the code that has no such part.
fn not_applied() -> Result<(), Failed> {
    let folder = Folder::new("az")?;
    let files = [
        ("1.xml", declaration("R1").replace("8703231900", "870323")),
        ("2.xml", about_first(&[], "114", "<StatisticalValueAmount currencyID=\"GBP\">1,700.00</StatisticalValueAmount>")),
        ("3.xml", about_first(&[("23A", 1), ("21A", 1)], "145", &class("84713000", "TSP"))),
        ("4.xml", about_first(&[("23A", 1), ("21A", 1)], "145", &class("8471300000", "TSP"))),
        ("5.xml", about_first(&[("02A", 1)], "D005", "")),
    ];
    let said = run_with(&folder, &files)?;
    let of = |what: &str| format!("an amendment of item 1 of `R1` was not applied: {what}\n");
    let told = [
        of("`42A[1]/67A[1]/68A[1]#114` (statistical_value)"),
        of("`commodity_code[1-8]` is no part of what stands there"),
        of("`42A[1]/67A[1]/68A[1]/23A[1]/21A[1]#145` (commodity_code)"),
    ];
    holds(&said, &told.each_ref().map(String::as_str))?;
    // A document is nothing that is kept.
    holds(&said, &["amendments applied: 0", "amendments of fields not kept: 4"])?;
    same("told of no other", said.matches("was not applied").count(), 3)?;
    let value = folder.query("select sum(item_count), sum(statistical_value) from trade where hs6 = '870323'")?;
    same("figures", value, vec!["2,3000.000000".to_string()])
}
