/** The file in a multipart request, as it comes. */
