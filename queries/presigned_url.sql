-- title: Presigned Studio, notebook and MLflow addresses
-- group: Studio
-- question: Who had an address made that opens Studio, a notebook or MLflow, and for which profile?
-- param: profile resource optional - part of the profile's or notebook's name
-- limit: 200
-- since: 7d
-- example: presigned-url since=30d
-- expect: actor=maya.okafor@example.com | opens=diego-ramirez | session_seconds= | result=done
-- expect: actor=diego.ramirez@example.com | opens=diego-ramirez | session_seconds=43200 | result=done
SELECT eventtime, actor, known_by, account, region, eventname AS call,
    json_extract_scalar(requestparameters, '$.domainId') AS domain,
    coalesce(
        json_extract_scalar(requestparameters, '$.userProfileName'),
        json_extract_scalar(requestparameters, '$.notebookInstanceName'),
        json_extract_scalar(requestparameters, '$.trackingServerName'),
        json_extract_scalar(requestparameters, '$.arn')
    ) AS opens,
    json_extract_scalar(requestparameters, '$.spaceName') AS space,
    json_extract_scalar(requestparameters, '$.sessionExpirationDurationInSeconds') AS session_seconds,
    result
FROM events
WHERE service = 'sagemaker' AND regexp_like(eventname, '^CreatePresigned')
    AND (:profile = '' OR strpos(mentions, lower(:profile)) > 0)
ORDER BY eventtime DESC
