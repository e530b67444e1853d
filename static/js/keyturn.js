/* What every page has. collectstatic writes these files into this one, so that they are one request. */
import "./form.js";
import "./times.js";
