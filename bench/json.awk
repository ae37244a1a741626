# JSON Lines for awk programs: json(line, out) fills out["summary.heart_rate.value"] = "71.9" and
# the like; list items are numbered from 0, null is the empty string. Values are text: add 0 to compare
# them as numbers.

function json(text, out)
{
    json_clear(out)
    json_text = text
    json_at = 1
    json_value("", out)
}

# The same of a whole file; one that can not be read leaves nothing.
function json_file(path, out,   line, text)
{
    text = ""
    while ((getline line <path) > 0)
        text = text line
    close(path)
    json(text, out)
}

function json_clear(out,   key)
{
    for (key in out)
        delete out[key]
}

function json_blank()
{
    while (substr(json_text, json_at, 1) ~ /[ \t\r]/)
        json_at++
}

# The text from an opening quote to its end; \" and the like lose their backslash.
function json_string(   c, s)
{
    s = ""
    for (json_at++; (c = substr(json_text, json_at, 1)) != "\"" && c != ""; json_at++) {
        if (c == "\\")
            c = substr(json_text, ++json_at, 1)
        s = s c
    }
    json_at++
    return s
}

function json_value(path, out,   c, item, key, word)
{
    json_blank()
    c = substr(json_text, json_at, 1)
    if (c == "{" || c == "[") {
        item = 0
        json_at++
        json_blank()
        while ((word = substr(json_text, json_at, 1)) != "}" && word != "]" && word != "") {
            key = item++
            if (c == "{") {
                key = json_string()
                json_blank()
                json_at++
            }
            json_value(path == "" ? key : path "." key, out)
            json_blank()
            if (substr(json_text, json_at, 1) == ",")
                json_at++
            json_blank()
        }
        json_at++
        if (c == "[")
            out[path ".length"] = item
    } else if (c == "\"") {
        out[path] = json_string()
    } else {
        word = ""
        while ((c = substr(json_text, json_at, 1)) ~ /[-+.0-9a-zA-Z]/) {
            word = word c
            json_at++
        }
        out[path] = word == "null" ? "" : word
    }
}
